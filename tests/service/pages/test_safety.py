from pathlib import Path

import pytest

from service.pages.safety import safety_document

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("hazard", safety_document()["hazards"], ids=lambda each: each["id"])
def test_hazard_says_how_it_is_found_and_what_is_shown(hazard):
    assert set(hazard) == {"id", "hazard", "found", "shown", "within", "tested"}
    assert all(isinstance(each, str) and each for each in hazard.values())


def test_every_hazard_has_a_name_of_its_own():
    names = [each["id"] for each in safety_document()["hazards"]]
    assert len(set(names)) == len(names)


def test_named_tests_are_there():
    words = " ".join(each["tested"] for each in safety_document()["hazards"]).split()
    named = {word.rstrip(";,") for word in words if word.startswith(("tests/", "benchmarks/"))}
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_standards_have_an_idea_each():
    assert all(each["name"] and each["idea"] for each in safety_document()["standards"])
