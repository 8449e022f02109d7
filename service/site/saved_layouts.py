"""Layouts that were saved while the service ran, in place of those of the site file."""

import hashlib
import json
from dataclasses import replace
from typing import Any

from service.site.layout_document import LayoutDocument, document_of
from service.site.site import Camera, ParkingPlan, Site
from service.store.layouts import LayoutVersion
from service.store.store import Store

SITE_FILE = "site file"
"""Who saved a version that a person wrote into the site file."""


def with_saved_layouts(site: Site, store: Store, now_ns: int) -> Site:
    """The site with the newest layout of each parking camera, site file and saved ones together.

    Whatever was changed last counts: a site file edited by hand becomes a version of its own.
    """
    cameras = tuple(
        _with_saved(site, camera, camera.plan, store, now_ns)
        if isinstance(camera.plan, ParkingPlan)
        else camera
        for camera in site.cameras
    )
    return replace(site, cameras=cameras)


def save_layout(
    store: Store,
    site: Site,
    camera: Camera,
    document: dict[str, Any],
    by: str,
    note: str,
    now_ns: int,
) -> LayoutVersion:
    """Keep a layout as the camera's newest version."""
    return store.layouts.save(
        site.site_id, camera.camera_id, document, saved_by=by, now_ns=now_ns, note=note
    )


def _with_saved(site: Site, camera: Camera, plan: ParkingPlan, store: Store, now_ns: int) -> Camera:
    of_file = document_of(plan)
    versions = store.layouts.versions(site.site_id, camera.camera_id)
    last_of_file = next((each for each in versions if each.saved_by == SITE_FILE), None)
    if last_of_file is None or _digest(last_of_file.document) != _digest(of_file):
        saved = save_layout(store, site, camera, of_file, SITE_FILE, "", now_ns)
        layout = replace(plan.layout, version=saved.version)
        return replace(camera, plan=replace(plan, layout=layout))
    current = next((each for each in versions if each.status == "active"), last_of_file)
    if current.version == last_of_file.version:
        layout = replace(plan.layout, version=current.version)
        return replace(camera, plan=replace(plan, layout=layout))
    document = LayoutDocument.model_validate(current.document)
    return replace(camera, plan=document.applied_to(plan, camera.camera_id, current.version))


def _digest(document: Any) -> str:
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
