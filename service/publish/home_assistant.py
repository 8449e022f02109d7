"""Home Assistant's MQTT discovery: what each topic means, told once and retained.

Names begin with what is told: one that begins with the device's, as a lot's may, is cut there.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from service.live.camera_state import CameraStatus
from service.live.recording import ALERT_VALID_FOR_NS
from service.publish.retained_state import UNSEEN_FOR_S
from service.publish.topics import Topics
from service.site.site import Site, TramPlan
from service.timestamps import NS_PER_S
from vision.parking.spot_state import SpotStatus
from vision.tram.alert_state import AlertLevel

ALERT_EXPIRES_AFTER_S = 2 * ALERT_VALID_FOR_NS // NS_PER_S  # Home Assistant counts whole seconds
Entity = dict[str, Any]


def discovery(site: Site, topics: Topics, prefix: str) -> dict[str, Entity]:
    """Every entity's announcement, by its topic."""
    entities = [
        *_spots(site, topics),
        *_lots(site, topics),
        *_trams(site, topics),
        *_cameras(site, topics),
    ]
    node = node_id(site.site_id)
    common = {
        "availability_topic": topics.availability,
        "device": {"identifiers": [node], "name": site.name, "manufacturer": "Wayside"},
        "origin": {"name": "Wayside"},
    }
    return {
        f"{prefix}/{component}/{node}/{_plain(subject)}/config": {
            "unique_id": f"{node}_{_plain(subject)}",
            "default_entity_id": f"{component}.{node}_{_plain(subject)}",
            **common,
            **entity,
        }
        for component, subject, entity in entities
    }


def node_id(site_id: str) -> str:
    """The level of discovery topics under which all of a site's entities are."""
    return f"wayside_{_plain(site_id)}"


def _spots(site: Site, topics: Topics) -> Iterable[tuple[str, str, Entity]]:
    for _, spot in site.spots():
        sensor = _choice(f"{topics.root}/spots/{spot.spot_id}", "status", SpotStatus)
        yield "sensor", f"spot_{spot.spot_id}", {"name": f"Spot {spot.spot_id}", **sensor}


def _lots(site: Site, topics: Topics) -> Iterable[tuple[str, str, Entity]]:
    for lot in site.lots:
        count = _sensor(f"{topics.root}/lots/{lot.lot_id}", "free_min") | {
            "name": f"Free spots: {lot.name}",
            "unit_of_measurement": "spots",
            "state_class": "measurement",
        }
        yield "sensor", f"lot_{lot.lot_id}", count


def _trams(site: Site, topics: Topics) -> Iterable[tuple[str, str, Entity]]:
    for camera in site.cameras:
        if not isinstance(camera.plan, TramPlan):
            continue
        display = _choice(f"{topics.root}/trams/{camera.camera_id}", "level", AlertLevel) | {
            "name": f"Way ahead: {camera.name}",
            "expire_after": ALERT_EXPIRES_AFTER_S,
        }
        yield "sensor", f"tram_{camera.camera_id}", display
        button = {
            "name": f"Acknowledge: {camera.name}",
            "command_topic": topics.acknowledge(camera.camera_id),
        }
        yield "button", f"acknowledge_{camera.camera_id}", button


def _cameras(site: Site, topics: Topics) -> Iterable[tuple[str, str, Entity]]:
    for camera in site.cameras:
        status = _choice(f"{topics.root}/cameras/{camera.camera_id}", "status", CameraStatus) | {
            "name": f"Camera: {camera.name}",
            "entity_category": "diagnostic",
        }
        yield "sensor", f"camera_{camera.camera_id}", status


def _choice(topic: str, key: str, options: type[StrEnum]) -> Entity:
    told = [each.value for each in options]
    return {**_sensor(topic, key), "device_class": "enum", "options": told}


def _sensor(topic: str, key: str) -> Entity:
    return {
        "state_topic": topic,
        "json_attributes_topic": topic,
        "value_template": f"{{{{ value_json.{key} }}}}",
        "expire_after": UNSEEN_FOR_S,
    }


def _plain(name: str) -> str:
    """Discovery ids may hold letters, digits, `_` and `-`; other characters become `-`."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name)
