"""What a site publishes by itself and where, as the publishers work with it."""

from dataclasses import dataclass, field
from pathlib import Path

from service.hosts import Network
from service.live.event_filter import EventFilter

SHORTEST_SECRET = 16  # characters of a webhook's secret; less is guessed too easily


@dataclass(frozen=True, slots=True)
class MqttSettings:
    """One broker and how it is spoken to."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    is_encrypted: bool = False
    ca_file: Path | None = None
    """Certificates to trust in place of the system's own."""
    prefix: str = "wayside"
    """First level of every topic."""
    client_id: str | None = None
    """`wayside-SITE` where it is left out; a broker knows one client by one id."""
    discovery: str | None = None
    """Home Assistant's discovery prefix; no discovery where it is left out."""
    sends_events: bool = True
    """Whether every change is told on PREFIX/SITE/events as CloudEvents, too."""


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """One receiver of webhooks that stands in the site file."""

    webhook_id: str
    url: str = field(repr=False)
    """May hold a token."""
    secret: str = field(repr=False)
    filter: EventFilter


@dataclass(frozen=True, slots=True)
class PublishSettings:
    """All that one site publishes."""

    mqtt: MqttSettings | None = None
    webhooks: tuple[WebhookSettings, ...] = ()
    webhook_networks: tuple[Network, ...] = ()
    """Private networks that webhooks may be sent to."""


NOTHING = PublishSettings()
