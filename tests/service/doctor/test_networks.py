"""The doctor loads every network as a mission will, not only its file."""

from pathlib import Path

import pytest

from service.doctor.finding import Verdict
from service.doctor.networks import check_networks
from service.site.site_file import load_site
from tests.service.scenes import LOT_YAML, TRAM_YAML


def verdicts(folder: Path, text: str) -> dict[str, tuple[Verdict, str]]:
    """What is found of the networks of this site file, by part."""
    (folder / "site.yaml").write_text(text)
    found = check_networks([load_site(folder / "site.yaml")])
    return {each.part: (each.verdict, each.said) for each in found}


@pytest.mark.parametrize(
    ("named", "said"),
    [("wayside-parking", "is no track network"), ("nope", "nope cannot be used")],
)
def test_network_that_finds_no_rails_is_bad(tmp_path: Path, named: str, said: str) -> None:
    found = verdicts(tmp_path, f"{TRAM_YAML}      track_model: {named}\n")
    assert found["network for track"][0] is Verdict.BAD
    assert said in found["network for track"][1]
    assert found["network for obstacles"][0] is found["network for bed"][0] is Verdict.GOOD


def test_network_of_another_mission_is_bad(tmp_path: Path) -> None:
    other = LOT_YAML.replace("source:", "model: wayside-track\n    source:")
    verdict, said = verdicts(tmp_path, other)["network for parking"]
    assert verdict is Verdict.BAD
    assert "wayside-track cannot be used" in said


def test_fitting_track_network_is_good(tmp_path: Path) -> None:
    found = verdicts(tmp_path, f"{TRAM_YAML}      track_model: wayside-track\n")
    assert {verdict for verdict, _ in found.values()} == {Verdict.GOOD}
