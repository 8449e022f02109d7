"""What the API tells other systems, beyond the states: who publishes them."""

import re

import httpx
import pytest

from service.live.hub import Hub
from service.site.site_file import load_site
from tests.service.running import running_server
from tests.service.scenes import LOT_YAML


@pytest.mark.parametrize(
    ("time_zone", "country"),
    [("Europe/Berlin", "de"), ("Asia/Kolkata", "in"), ("UTC", "zz")],
)
def test_datex_names_the_country_of_the_site_s_clock(tmp_path, time_zone, country):
    path = tmp_path / "yard.yaml"
    path.write_text(
        LOT_YAML.replace("name: The yard\n", f"name: The yard\ntime_zone: {time_zone}\n")
    )
    with running_server(Hub([load_site(path)])) as root:
        text = httpx.get(f"{root}/api/v1/datex2/v3/parking-status").text
    assert re.findall("<com:country>(.*)</com:country>", text) == [country]


def test_ngsi_ld_comes_in_the_pages_that_its_clients_ask_for(tmp_path):
    path = tmp_path / "yard.yaml"
    path.write_text(LOT_YAML)
    with running_server(Hub([load_site(path)])) as root:
        asked = f"{root}/api/v1/ngsi-ld/v1/entities?type=ParkingSpot&limit=3"
        pages = [httpx.get(f"{asked}&offset={offset}").json() for offset in (0, 3, 6)]
    names = [[entity["name"]["value"] for entity in page] for page in pages]
    assert names == [["A1", "A2", "A3"], ["B1"], []]
