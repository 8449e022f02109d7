"""Whether brokers answer and webhooks may be sent where they go."""

import asyncio
from collections.abc import Iterable, Sequence

import aiomqtt

from service.doctor.finding import Finding, bad, good
from service.publish.mqtt import connection_to
from service.publish.publishers import allowed_networks
from service.publish.settings import MqttSettings
from service.publish.target import TargetRefused, checked_target
from service.site.site import Site


def check_receivers(sites: Sequence[Site]) -> Iterable[Finding]:
    """Every broker and webhook of the sites; nothing is published."""
    for site in sites:
        if site.publish.mqtt is not None:
            yield asyncio.run(_broker(site.site_id, site.publish.mqtt))
        for webhook in site.publish.webhooks:
            part = f"webhook {site.site_id}.{webhook.webhook_id}"
            try:
                target = checked_target(webhook.url, allowed_networks(sites))
            except TargetRefused as refused:
                yield bad(part, str(refused), "correct its address in the site file")
            else:
                yield good(part, f"{target.host} may be sent to")


async def _broker(site_id: str, settings: MqttSettings) -> Finding:
    part, place = f"broker of {site_id}", f"{settings.host}:{settings.port}"
    try:
        async with connection_to(settings, f"wayside-doctor-{site_id}"):
            return good(part, f"{place} lets us in")
    except (aiomqtt.MqttError, OSError) as error:
        advice = "see publish.mqtt of the site file; the service runs on and keeps trying"
        return bad(part, f"{place} does not let us in: {error}", advice)
