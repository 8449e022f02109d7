"""Options that several commands take, said the same everywhere."""

from typing import Annotated

import typer

Host = Annotated[str, typer.Option(envvar="WAYSIDE_HOST", help="Address to listen on.")]
Port = Annotated[
    int,
    typer.Option(
        min=0, max=65535, envvar="WAYSIDE_PORT", help="Port to listen on; 0 takes a free one."
    ),
]
ModelName = Annotated[
    str | None, typer.Option(help="Manifest name or path, in place of the sites' own.")
]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads per network.")]
Database = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|URL",
        help="A SQLite file or postgresql://…; default WAYSIDE_DATABASE, else a file in"
        " WAYSIDE_DATA.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
