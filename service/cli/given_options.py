"""Options given to a command that is called in several forms, each with its own."""

from collections.abc import Collection

import typer

from service.errors import MisuseError


def refuse_others(context: typer.Context, form: str, taken: Collection[str]) -> None:
    """Raise MisuseError for an option that was given, but is not of this form.

    `taken` are the names of the command's parameters that are.
    """
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        is_given = source is not None and source.name == "COMMANDLINE"
        if is_given and name not in taken:
            raise MisuseError(f"{parameter.opts[0]} does not go with {form}")
