"""The program `wayside`: one command per file; errors leave as one sentence and an exit code."""

import sys

import typer

from models.errors import ModelError
from service.errors import MisuseError, ServiceError
from streams.errors import SourceError
from vision.errors import VisionError

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


def build_app() -> typer.Typer:
    """The program with all its commands."""
    from service.cli import (
        bench,
        calibrate,
        demo,
        doctor,
        evaluate,
        keys,
        models,
        replay,
        serve,
        site,
        store,
    )

    app = typer.Typer(
        name="wayside",
        help="Free parking spots and obstacles ahead of a tram, from cameras.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.command("serve")(serve.serve)
    app.command("demo")(demo.demo)
    app.command("doctor")(doctor.doctor)
    app.command("replay")(replay.replay_clip)
    app.command("bench")(bench.bench)
    app.command("calibrate")(calibrate.calibrate_clip)
    app.add_typer(evaluate.app, name="evaluate")
    app.add_typer(keys.app, name="keys")
    app.add_typer(models.app, name="models")
    app.add_typer(site.app, name="site")
    app.add_typer(store.app, name="store")
    return app


def main() -> None:
    """Run the program; exit code 0 for fine, 1 for failed, 2 for misused."""
    sys.exit(run(build_app()))


def run(app: typer.Typer) -> int:
    """Run `app` on the command line's arguments; returns the exit code."""
    try:
        app()
    except MisuseError as error:
        return _refuse(error, MISUSED)
    except (ServiceError, SourceError, VisionError, ModelError) as error:
        return _refuse(error, FAILED)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


def _refuse(error: Exception, code: int) -> int:
    sys.stderr.write(f"wayside: {error}\n")
    return code
