"""Which publishers the sites want."""

import ipaddress
import os
import re
from collections.abc import Mapping, Sequence

from service.errors import MisuseError
from service.hosts import Network
from service.live.hub import Hub
from service.publish.mqtt import MqttPublisher
from service.publish.publishing import Publisher
from service.publish.webhooks import WebhookPublisher
from service.site.site import Site
from service.store.store import Store

NETWORKS = "WAYSIDE_WEBHOOK_NETWORKS"


def publishers_of(
    sites: Sequence[Site],
    hub: Hub,
    store: Store | None,
    running: Sequence[Publisher] = (),
    environment: Mapping[str, str] = os.environ,
) -> list[Publisher]:
    """A publisher per broker, and one for all webhooks where there is a database.

    Those of `running` that would be the same are kept. Raises MisuseError for networks in the
    environment that are none.
    """
    wanted: list[Publisher] = []
    for site in sites:
        mqtt = site.publish.mqtt
        if mqtt is not None:
            acknowledge = hub.driver_keys.acknowledge
            wanted.append(MqttPublisher(site.site_id, mqtt, hub, acknowledge=acknowledge))
    if store is not None:
        webhooks = {site.site_id: site.publish.webhooks for site in sites}
        wanted.append(WebhookPublisher(store, webhooks, allowed_networks(sites, environment)))
    return [next((each for each in running if each == new), new) for new in wanted]


def allowed_networks(
    sites: Sequence[Site], environment: Mapping[str, str] = os.environ
) -> list[Network]:
    """Private networks to which webhooks may go: those of the site files and the environment."""
    networks = [network for site in sites for network in site.publish.webhook_networks]
    for word in re.split(r"[,\s]+", environment.get(NETWORKS, "").strip()):
        if word:
            try:
                networks.append(ipaddress.ip_network(word))
            except ValueError:
                raise MisuseError(
                    f"{NETWORKS}: wanted networks such as 10.20.0.0/16, got {word!r}"
                ) from None
    return networks
