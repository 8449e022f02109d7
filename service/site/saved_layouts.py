"""Layouts that were saved while the service ran, in place of those of the site file."""

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from service.site.layout_document import LayoutDocument, document_of
from service.site.site import Camera, ParkingPlan, Site
from service.store.errors import StoreAway, StoreError
from service.store.layouts import Layouts, LayoutVersion
from service.store.store import Store

SITE_FILE = "site file"
"""Who saved a version that a person wrote into the site file."""


class SavedSites:
    """Reads sites, each camera with its newest layout, as often as it is called.

    While the database is away they are as last copied to this machine, else as the site files
    say; they are provisional then, and to be read anew.
    """

    def __init__(
        self,
        read: Callable[[], Sequence[Site]],
        store: Store,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """`read` reads the site files, or raises."""
        self._read = read
        self._store = store
        self._clock_ns = clock_ns
        self.are_provisional = False
        """Whether the last ones were read without the database."""

    def __call__(self) -> list[Site]:
        """The sites now; raises as `read` does, or StoreRefused."""
        standby = self._store.standby
        sites = self._read()
        try:
            found = self._with_saved(sites, self._store.layouts)
        except StoreAway:
            self.are_provisional = True
            try:
                return list(sites) if standby is None else self._with_saved(sites, standby.layouts)
            except StoreError:  # the disk is full, or the copy is damaged
                return list(sites)
        self.are_provisional = False
        if standby is not None:
            standby.copy()
        return found

    def _with_saved(self, sites: Sequence[Site], layouts: Layouts) -> list[Site]:
        return [with_saved_layouts(site, layouts, self._clock_ns()) for site in sites]


def with_saved_layouts(site: Site, layouts: Layouts, now_ns: int) -> Site:
    """The site with the newest layout of each parking camera, site file and saved ones together.

    Whatever was changed last counts: a site file edited by hand becomes a version of its own.
    """
    changed_at_ns = site.changed_at_ns
    cameras = []
    for camera in site.cameras:
        if isinstance(camera.plan, ParkingPlan):
            current = _current(site, camera, camera.plan, layouts, now_ns)
            cameras.append(replace(camera, plan=_as_saved(camera, camera.plan, current)))
            changed_at_ns = max(changed_at_ns, current.saved_ns)
        else:
            cameras.append(camera)
    return replace(site, cameras=tuple(cameras), changed_at_ns=changed_at_ns)


def save_layout(
    layouts: Layouts,
    site: Site,
    camera: Camera,
    document: dict[str, Any],
    by: str,
    note: str,
    now_ns: int,
    base_version: int | None = None,
) -> LayoutVersion:
    """Keep a layout as the camera's newest version; raises StoreConflict as `Layouts.save`."""
    return layouts.save(
        site.site_id,
        camera.camera_id,
        document,
        saved_by=by,
        now_ns=now_ns,
        note=note,
        base_version=base_version,
    )


def _current(
    site: Site, camera: Camera, plan: ParkingPlan, layouts: Layouts, now_ns: int
) -> LayoutVersion:
    """The version in use; what stands anew in the site file is saved, and is it."""
    of_file = document_of(plan)
    versions = layouts.versions(site.site_id, camera.camera_id)
    last_of_file = next((each for each in versions if each.saved_by == SITE_FILE), None)
    if last_of_file is None or _digest(last_of_file.document) != _digest(of_file):
        return save_layout(layouts, site, camera, of_file, SITE_FILE, "", now_ns)
    return next((each for each in versions if each.status == "active"), last_of_file)


def _as_saved(camera: Camera, plan: ParkingPlan, current: LayoutVersion) -> ParkingPlan:
    if _digest(current.document) == _digest(document_of(plan)):
        return replace(plan, layout=replace(plan.layout, version=current.version))
    document = LayoutDocument.model_validate(current.document)
    return document.applied_to(plan, camera.camera_id, current.version)


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
