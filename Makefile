# Everything sets itself up in .venv; python3 (3.11 or newer, with venv) and make are enough.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SHARED ?= ../shared
export MPLBACKEND := Agg

.DEFAULT_GOAL := help
.PHONY: help demo test check bench clean lock readme train-parking train-obstacles train-track train-bed

help: ## show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

.venv/run: requirements/run.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Wayside needs Python 3.11 or newer, got $$($(PYTHON) --version); say make PYTHON=python3.12"; exit 1; }
	@echo "Setting up .venv (once) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --no-deps -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements/dev.txt .venv/run
	@echo "Adding what tests and checks need (once) …"
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@touch $@

demo: .venv/run ## play the bundled clips as live cameras and serve the pages
	@$(BIN)/wayside demo

test: .venv/dev ## run all tests
	$(BIN)/python -m pytest -q

check: .venv/dev ## lint, format, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/dev ## measure latency against the budget; fails when it is not kept
	$(BIN)/wayside bench

readme: .venv/dev ## write the README's tables from the results of the benchmarks
	$(BIN)/python -m benchmarks.readme_table

lock: .venv/dev ## pin versions and hashes anew
	@$(PIP) install uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --extra build pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet --extra build --extra dev --extra openvino --extra parquet --extra postgres --extra traces pyproject.toml -o requirements/dev.txt

train-parking: .venv/train ## train the parking classifier anew (hours; needs ../shared; ARGS=--quick: minutes, to try it)
	$(BIN)/python -m models.training.parking train --shared $(SHARED) $(ARGS)
	$(BIN)/python -m models.training.parking train --shared $(SHARED) $(ARGS) \
		--config models/training/parking/wayside_parking_wide.toml --runs models/training/.cache/parking_wide
	$(BIN)/python -m models.training.parking train --shared $(SHARED) $(ARGS) \
		--config models/training/parking/wayside_parking_lite.toml --runs models/training/.cache/parking_lite

train-obstacles: .venv/train ## train the obstacle detector anew (hours; needs ../shared; ARGS=--quick: minutes, to try it)
	$(BIN)/python -m models.training.obstacles all --shared $(SHARED) $(ARGS)

train-track: .venv/train ## train the track network anew (hours; needs ../shared; ARGS=--quick: minutes, to try it)
	$(BIN)/python -m models.training.track all --shared $(SHARED) $(ARGS)

train-bed: .venv/train ## train the bed network anew (an hour; needs ../shared and rendered stills; ARGS=--quick: minutes)
	$(BIN)/python -m models.training.bed all --shared $(SHARED) $(ARGS)

.venv/train: .venv/dev
	@$(PIP) install -e '.[train]'
	@touch $@

clean: ## remove what was set up and cached
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage dist build runs
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
