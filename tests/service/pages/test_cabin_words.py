import pytest

from service.pages.language import Language, languages
from vision.classes import Kind
from vision.tram.alert_state import AlertLevel, UnavailableReason

NAMES = [
    *(f"reason.{each.value}" for each in UnavailableReason),
    *(f"kind.{each.value}" for each in Kind),
    *(f"level.{each.value}" for each in AlertLevel),
    "reason.silent",
    "kind.object",
]


@pytest.mark.parametrize("language", languages(), ids=lambda each: each.code)
def test_display_has_a_word_for_whatever_it_may_be_told(language: Language):
    assert [name for name in NAMES if not language.has(name)] == []
