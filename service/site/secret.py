"""Secrets in settings: `${NAME}` stands for a value of the environment."""

import re
from collections.abc import Iterable, Mapping

SECRET = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill_secrets(text: str, environment: Mapping[str, str]) -> str:
    """The text with every `${NAME}` filled in; raises KeyError for one that is missing."""
    return SECRET.sub(lambda match: environment[match[1]], text)


def missing_secrets(text: str, environment: Mapping[str, str]) -> Iterable[str]:
    """Names in the text that the environment does not have."""
    return [name for name in SECRET.findall(text) if name not in environment]
