"""What Home Assistant is told of a site's entities."""

import pytest

from service.publish.home_assistant import discovery
from service.publish.topics import Topics
from tests.service.publish.yard import yard_site
from tests.service.scenes import LOT_YAML, TRAM_YAML


@pytest.mark.parametrize(
    ("site_id", "text"),
    [
        pytest.param("yard", LOT_YAML.replace("Main lot", "The yard"), id="lot named as its site"),
        pytest.param("line", TRAM_YAML.replace("The line", "cab"), id="site named as its camera"),
    ],
)
def test_entity_has_its_id_and_a_name_that_is_not_cut(tmp_path, site_id, text):
    site = yard_site(tmp_path, text)
    told = discovery(site, Topics("wayside", site_id), "homeassistant")
    for topic, entity in told.items():
        _, component, _, subject, _ = topic.split("/")
        assert entity["default_entity_id"] == f"{component}.wayside_{site_id}_{subject}"
        assert not entity["name"].startswith(site.name)
