"""`wayside bench`: run the benchmarks of the source checkout."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.options import AsJson
from service.errors import MisuseError

BENCHMARKS_DIR = Path(__file__).resolve().parents[2] / "benchmarks"
PREFIX = "bench_"


def bench(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME…]", help="Which; all by default.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure latency and say whether the budget is kept; exits 1 when it is not."""
    scripts = {
        path.stem.removeprefix(PREFIX): path
        for path in sorted(BENCHMARKS_DIR.glob(f"{PREFIX}*.py"))
    }
    if not scripts:
        raise MisuseError("benchmarks come with the source checkout, not with the wheel")
    unknown = [name for name in names or () if name not in scripts]
    if unknown:
        raise MisuseError(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(scripts)}")
    results: dict[str, Any] = {}
    for name in names or scripts:
        typer.echo(f"{name} …", err=True)
        # a process of its own each: nothing that ran before is warm, cached or in the way
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{PREFIX}{name}"],
            cwd=BENCHMARKS_DIR.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        lines = done.stdout.strip().splitlines()
        measured = json.loads(lines[-1]) if lines else {}
        results[name] = {"passed": done.returncode == 0, **measured}
        verdict = "pass" if done.returncode == 0 else "FAIL"
        typer.echo(f"{name}: {'not measured' if 'not_measured' in measured else verdict}", err=True)
        if not as_json:
            typer.echo(json.dumps(measured, indent=2))
    if as_json:
        typer.echo(json.dumps(results))
    if not all(result["passed"] for result in results.values()):
        raise typer.Exit(1)
