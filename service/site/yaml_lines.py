"""YAML text as plain data, with the line on which every part of it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

PathPart = str | int


class YamlFault(ValueError):
    """The text is no proper YAML; the message names the line."""


class WrittenInt(int):
    """A whole number that knows how it was written: 8 may have been 010."""

    text: str


class _Loader(yaml.SafeLoader):
    """Plain data only; whole numbers keep their text."""

    def construct_yaml_int(self, node: yaml.ScalarNode) -> WrittenInt:
        number = WrittenInt(super().construct_yaml_int(node))
        number.text = node.value
        return number


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


@dataclass(frozen=True, slots=True)
class YamlText:
    """Parsed YAML: `data` as dicts, lists and scalars, and where each part was written."""

    data: Any
    root: yaml.Node | None

    def line_of(self, path: Sequence[PathPart]) -> int:
        """Line, counted from 1, of the part at `path`, or of its nearest parent that exists."""
        node, line = self.root, 1
        for part in path:
            found = None if node is None else _child(node, part)
            if found is None:
                break
            line, node = found
        return line


def parse_yaml(text: str) -> YamlText:
    """Read `text` without running anything in it; raise YamlFault for what is no plain data.

    That is: bad or doubled keys, values that are none of their kind, parts within themselves.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            _refuse_slips(root, set())
        return YamlText(yaml.load(text, _Loader), root)  # noqa: S506  a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise YamlFault(f"{where}not proper YAML: {error.problem or error.context}") from error
    except RecursionError:
        raise YamlFault("too many parts stand within each other to be read") from None
    except yaml.YAMLError as error:
        raise YamlFault(f"not proper YAML: {' '.join(str(error).split())}") from error


def _child(node: yaml.Node, part: PathPart) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        value = node.value[part]
        return value.start_mark.line + 1, value
    return None


def _refuse_slips(
    node: yaml.Node, sound: set[yaml.Node], above: tuple[yaml.Node, ...] = ()
) -> None:
    """Raise YamlFault where the part, which stands within those `above`, is no plain data.

    A part that is named again and again is looked at once, and is then one of `sound`.
    """
    if node in sound:
        return
    line = node.start_mark.line + 1
    if node in above:
        raise YamlFault(f"line {line}: this part is named again within itself")
    within = (*above, node)
    if isinstance(node, yaml.MappingNode):
        _refuse_keys(node)
        for _, value in node.value:
            _refuse_slips(value, sound, within)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_slips(value, sound, within)
    else:
        _refuse_value(node)
    sound.add(node)


def _refuse_keys(node: yaml.MappingNode) -> None:
    seen: set[str] = set()
    for key, _ in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            what = "a mapping" if isinstance(key, yaml.MappingNode) else "a list"
            raise YamlFault(
                f"line {line}: wanted a word as key, got {what}; text with {{ or [ wants quotes"
            )
        if key.value in seen:
            raise YamlFault(f"line {line}: the key {key.value!r} stands here twice")
        seen.add(key.value)


def _refuse_value(node: yaml.Node) -> None:
    try:
        yaml.SafeLoader("").construct_object(node)
    except ValueError as error:
        line = node.start_mark.line + 1
        raise YamlFault(f"line {line}: {node.value!r} cannot be read: {error}") from error
