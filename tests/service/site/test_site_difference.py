from pathlib import Path

import pytest

from service.site.site import Site
from service.site.site_difference import site_difference
from service.site.site_file import load_site
from tests.service.scenes import LOT_YAML, TRAM_YAML

NORTH, SOUTH, CAB = ("yard", "north"), ("yard", "south"), ("line", "cab")
SOUTH_YAML = """\
  - id: south
    mission: parking
    source: south.mp4
    spots: [{id: Z1, lot: main, polygon: [[1, 1], [50, 1], [50, 50]]}]
"""


def site(folder: Path, text: str) -> Site:
    (folder / "site.yaml").write_text(text)
    return load_site(folder / "site.yaml")


@pytest.mark.parametrize(
    ("before", "after", "added", "changed", "removed"),
    [
        pytest.param(LOT_YAML, LOT_YAML, (), (), (), id="the same file"),
        pytest.param(TRAM_YAML, TRAM_YAML, (), (), (), id="the same tram"),
        pytest.param(LOT_YAML, LOT_YAML + SOUTH_YAML, (SOUTH,), (), (), id="one more"),
        pytest.param(LOT_YAML + SOUTH_YAML, LOT_YAML, (), (), (SOUTH,), id="one less"),
        pytest.param(
            LOT_YAML, LOT_YAML.replace("[20, 100]", "[21, 100]"), (), (NORTH,), (), id="a corner"
        ),
        pytest.param(
            LOT_YAML, LOT_YAML.replace("yard.mp4", "other.mp4"), (), (NORTH,), (), id="a source"
        ),
        pytest.param(
            LOT_YAML, LOT_YAML.replace("The yard", "Another name"), (), (), (), id="a site's name"
        ),
        pytest.param(
            TRAM_YAML, TRAM_YAML.replace("8.0", "9.0"), (), (CAB,), (), id="a tram's speed"
        ),
        pytest.param(
            LOT_YAML,
            LOT_YAML.replace("site: yard", "site: line"),
            (("line", "north"),),
            (),
            (NORTH,),
            id="another site",
        ),
    ],
)
def test_what_became_of_the_cameras(tmp_path, before, after, added, changed, removed):
    found = site_difference([site(tmp_path, before)], [site(tmp_path, after)])
    assert (found.added, found.changed, found.removed) == (added, changed, removed)
