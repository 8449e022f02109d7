"""The part `publish` of a site file: broker and webhooks."""

import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints, field_validator

from service.hosts import Network
from service.live.event_filter import EventFilter
from service.live.records import EventType
from service.publish.settings import (
    SHORTEST_SECRET,
    MqttSettings,
    PublishSettings,
    WebhookSettings,
)
from service.site.block import Block, Id
from service.site.secret import SECRET, fill_secrets

Prefix = Annotated[str, StringConstraints(pattern=r"^[^#+/\s][^#+\s]*[^#+/\s]$|^[^#+/\s]$")]
Where = tuple[str | int, ...]


class MqttBlock(Block):
    """The broker that is kept up to date."""

    host: str = Field(min_length=1)
    port: int = Field(default=1883, ge=1, le=65535, description="8883 is usual with tls.")
    username: str | None = Field(default=None, description="${NAME} is taken from the environment.")
    password: str | None = Field(default=None, description="${NAME} is taken from the environment.")
    tls: bool = False
    ca_file: str | None = Field(
        default=None, description="Certificates (PEM) to trust in place of the system's own."
    )
    prefix: Prefix = Field(default="wayside", description="First level of every topic.")
    client_id: str | None = Field(default=None, description="wayside-SITE when left out.")
    discovery: Prefix | None = Field(
        default=None,
        description="Prefix of Home Assistant's discovery; none when left out.",
        examples=["homeassistant"],
    )
    events: bool = Field(default=True, description="Tell every change on PREFIX/SITE/events, too.")

    def settings(self, folder: Path, environment: Mapping[str, str]) -> MqttSettings:
        """As the publisher works with it; `ca_file` is meant from `folder`."""
        return MqttSettings(
            host=self.host,
            port=self.port,
            username=_filled(self.username, environment),
            password=_filled(self.password, environment),
            is_encrypted=self.tls,
            ca_file=None if self.ca_file is None else folder / self.ca_file,
            prefix=self.prefix,
            client_id=self.client_id,
            discovery=self.discovery,
            sends_events=self.events,
        )


class WebhookBlock(Block):
    """One receiver of signed webhooks."""

    id: Id
    url: str = Field(description="https://…; ${NAME} is taken from the environment.")
    secret: str = Field(description="Signs what is sent; ${NAME} is taken from the environment.")
    types: list[EventType] | None = Field(default=None, description="Only these changes.")
    lot: Id | None = Field(default=None, description="Only this lot and its spots.")
    camera: Id | None = Field(default=None, description="Only what this camera saw.")
    subject: Id | None = Field(default=None, description="Only this spot, lot, camera or display.")

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        if not SECRET.search(url) and not is_http(url):
            raise ValueError("wanted an address that begins with https:// or http://")
        return url

    @field_validator("secret")
    @classmethod
    def _is_long(cls, secret: str) -> str:
        if not SECRET.search(secret) and len(secret) < SHORTEST_SECRET:
            raise ValueError(f"a secret wants {SHORTEST_SECRET} characters, got {len(secret)}")
        return secret

    def settings(self, site_id: str, environment: Mapping[str, str]) -> WebhookSettings:
        """As the publisher works with it."""
        return WebhookSettings(
            webhook_id=self.id,
            url=fill_secrets(self.url, environment),
            secret=fill_secrets(self.secret, environment),
            filter=EventFilter(self.types, site_id, self.lot, self.camera, self.subject),
        )


class PublishBlock(Block):
    """What the site tells other systems by itself."""

    mqtt: MqttBlock | None = None
    webhooks: list[WebhookBlock] = Field(default=[])
    webhook_networks: list[str] = Field(
        default=[],
        description="Private networks that webhooks may be sent to; public addresses always may.",
        examples=[["10.20.0.0/16"]],
    )

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, networks: list[str]) -> list[str]:
        for each in networks:
            try:
                ipaddress.ip_network(each)
            except ValueError:
                raise ValueError(f"wanted networks such as 10.20.0.0/16, got {each!r}") from None
        return networks

    @field_validator("webhooks")
    @classmethod
    def _ids_differ(cls, webhooks: list[WebhookBlock]) -> list[WebhookBlock]:
        ids = [each.id for each in webhooks]
        doubled = {each for each in ids if ids.count(each) > 1}
        if doubled:
            raise ValueError(f"webhook id {min(doubled)!r} is there twice, got {ids}")
        return webhooks

    def secret_texts(self) -> Iterable[tuple[Where, str]]:
        """Every text in which `${NAME}` may stand, and where."""
        if self.mqtt is not None:
            for name in ("username", "password"):
                yield ("publish", "mqtt", name), getattr(self.mqtt, name) or ""
        for row, webhook in enumerate(self.webhooks):
            for name in ("url", "secret"):
                yield ("publish", "webhooks", row, name), getattr(webhook, name)

    def settings(
        self, site_id: str, folder: Path, environment: Mapping[str, str]
    ) -> PublishSettings:
        """As the publishers work with it; files are meant from `folder`."""
        networks: list[Network] = [ipaddress.ip_network(each) for each in self.webhook_networks]
        return PublishSettings(
            mqtt=None if self.mqtt is None else self.mqtt.settings(folder, environment),
            webhooks=tuple(each.settings(site_id, environment) for each in self.webhooks),
            webhook_networks=tuple(networks),
        )


def is_http(url: str) -> bool:
    """Whether an address can be sent to at all."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _filled(text: str | None, environment: Mapping[str, str]) -> str | None:
    return None if text is None else fill_secrets(text, environment)
