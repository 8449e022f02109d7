"""Events of a replay compared with a golden file, told as a person would."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

from pydantic import ValidationError

from service.errors import ClipError
from service.live.records import EventRecord
from service.timestamps import NS_PER_S

TOLERANCE_S = 0.5  # processors round differently; a change may come a picture earlier or later


def write_events(path: Path, events: Sequence[EventRecord]) -> None:
    """One JSON line per event, the same bytes for the same events."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{event.json_line()}\n" for event in events), encoding="utf-8")
    except OSError as error:
        raise ClipError(f"cannot write {path}: {error.strerror}") from error


def read_events(path: Path) -> list[EventRecord]:
    """The events of a file that `write_events` wrote; raises ClipError naming the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not text"
        raise ClipError(f"cannot read the expected events {path}: {reason}") from error
    events = []
    for number, line in enumerate(lines, 1):
        try:
            events.append(EventRecord.model_validate_json(line))
        except ValidationError:
            raise ClipError(f"{path}: line {number} is no event") from None
    return events


def differences(expected: Sequence[EventRecord], got: Sequence[EventRecord]) -> list[str]:
    """One sentence per difference, in clip time; empty when all is as expected."""
    found: list[tuple[float, str]] = []
    before, after = _by_subject(expected), _by_subject(got)
    for subject in dict.fromkeys([*before, *after]):
        found += _compare(subject, before.get(subject, []), after.get(subject, []))
    return [f"at {second:.2f} s: {sentence}" for second, sentence in sorted(found)]


Change = tuple[str, float]
"""New state in words, and when."""


def _by_subject(events: Sequence[EventRecord]) -> dict[str, list[Change]]:
    subjects: dict[str, list[Change]] = {}
    for event in events:
        name = f"{event.type.split('.')[0]} {event.subject}"
        subjects.setdefault(name, []).append((_state(event), event.timestamp_ns / NS_PER_S))
    return subjects


def _state(event: EventRecord) -> str:
    data = event.data
    if event.type == "lot.changed":
        return f"{data['text']}, {data['occupied']} occupied, {data['closed']} closed"
    state = str(data.get("status") or data.get("level"))
    return f"{state} ({data['reason']})" if data.get("reason") else state


def _compare(subject: str, expected: list[Change], got: list[Change]) -> list[tuple[float, str]]:
    found = []
    matcher = SequenceMatcher(
        None, [state for state, _ in expected], [state for state, _ in got], autojunk=False
    )
    for kind, begin, end, other_begin, other_end in matcher.get_opcodes():
        if kind == "equal":
            for (state, was_s), (_, is_s) in zip(
                expected[begin:end], got[other_begin:other_end], strict=True
            ):
                if abs(was_s - is_s) > TOLERANCE_S:
                    found.append((is_s, f"{subject} became {state}, expected at {was_s:.2f} s"))
            continue
        old = got[other_begin - 1][0] if other_begin else "its first state"
        for state, was_s in expected[begin:end]:
            found.append((was_s, f"{subject} was expected to become {state}, but did not"))
        for state, is_s in got[other_begin:other_end]:
            found.append((is_s, f"{subject} went from {old} to {state}, which was not expected"))
            old = state
    return found
