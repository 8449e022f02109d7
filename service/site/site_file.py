"""A site file read, checked and turned into a `Site`, or refused with a sentence per fault."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from service.ego_speed.mqtt import mqtt_address_fault
from service.ego_speed.plan import SpeedPlan, speed_plan
from service.ego_speed.recorded import EgoSpeed
from service.errors import SiteFileError
from service.site.limits_block import overspeed_settings
from service.site.ring_block import ring_settings
from service.site.secret import fill_secrets, missing_secrets
from service.site.site import ADDRESS, Camera, Lot, ParkingPlan, Site, TramPlan, is_camera_address
from service.site.site_document import (
    AnyCameraBlock,
    ParkingCameraBlock,
    SettlingBlock,
    SiteDocument,
    SpotBlock,
    TramBlock,
    TramCameraBlock,
)
from service.site.speed_block import (
    CsvSpeedBlock,
    OdometrySpeedBlock,
)
from service.site.spot_terms import FOR_ALL, SpotTerms
from service.site.yaml_lines import PathPart, YamlFault, YamlText, parse_yaml
from streams.mode import FrameMode
from vision.ground import GroundCamera
from vision.parking.spot_state import SettlingSettings
from vision.tram.alert_settings import AlertSettings
from vision.tram.braking import BrakingCurve
from vision.tram.settings import TramSettings

LONGEST_VALUE = 60  # characters of a refused value that are shown
Fault = tuple[tuple[PathPart, ...], str]


def load_site(path: Path, environment: Mapping[str, str] | None = None) -> Site:
    """The site in the file; raise SiteFileError with one line per fault.

    `environment` fills `${NAME}` in sources; the process environment by default.
    """
    text = _read(path)
    try:
        parsed = parse_yaml(text)
    except YamlFault as fault:
        raise SiteFileError(f"{path}: {fault}") from fault
    document = _checked(path, parsed)
    names = os.environ if environment is None else environment
    faults = [
        *_doubled_ids(document),
        *_unknown_lots(document),
        *_contrary_terms(document),
        *_missing(document, path, names),
    ]
    if faults:
        raise _refusal(path, parsed, faults)
    return _site(path, parsed, document, names)


def site_schema() -> dict[str, Any]:
    """JSON schema of a site file."""
    schema = SiteDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SiteFileError(f"{path}: there is no such site file") from None
    except IsADirectoryError:
        raise SiteFileError(f"{path}: is a folder, wanted a site file") from None
    except UnicodeDecodeError:
        raise SiteFileError(f"{path}: is not text, wanted a site file in YAML") from None
    except OSError as error:
        raise SiteFileError(f"{path}: cannot be read: {error.strerror}") from error


def _checked(path: Path, parsed: YamlText) -> SiteDocument:
    if not isinstance(parsed.data, dict):
        raise SiteFileError(f"{path}: wanted keys such as site, lots and cameras, got no mapping")
    try:
        return SiteDocument.model_validate(parsed.data)
    except ValidationError as error:
        faults = [(_plain_path(each["loc"]), _sentence(each)) for each in error.errors()]
        raise _refusal(path, parsed, faults) from None


def _plain_path(loc: Sequence[PathPart]) -> tuple[PathPart, ...]:
    """Pydantic puts the mission's name after a camera's number; the file has no such level.

    Likewise the kind of a tram's speed.
    """
    if len(loc) > 2 and loc[0] == "cameras" and loc[2] in ("parking", "tram"):
        loc = (*loc[:2], *loc[3:])
    if len(loc) > 4 and loc[2:4] == ("tram", "speed"):
        loc = (*loc[:4], *loc[5:])
    return tuple(loc)


def _sentence(error: Any) -> str:
    kind, message, value = error["type"], error["msg"], error["input"]
    if kind == "missing":
        return f"{error['loc'][-1]} is missing"
    if kind == "union_tag_not_found":
        return f"{_tag(error)} is missing; wanted {_tags(error)}"
    if kind == "union_tag_invalid":
        return f"{_tag(error)} must be {_tags(error)}, got {value.get(_tag(error))!r}"
    message = message.removeprefix("Value error, ").removeprefix("Input ")
    if ", got " in message or (kind == "value_error" and isinstance(value, dict)):
        return str(message)
    shown = repr(value)
    if len(shown) > LONGEST_VALUE:
        shown = f"{shown[:LONGEST_VALUE]}…"
    return f"{message}, got {shown}"


def _tag(error: Any) -> str:
    """The key that says which kind of block stands here."""
    return "mission" if error["loc"][0] == "cameras" and len(error["loc"]) == 2 else "source"


def _tags(error: Any) -> str:
    if _tag(error) == "mission":
        return "parking or tram"
    return "constant, csv, odometry, gnss or estimated"


def _refusal(path: Path, parsed: YamlText, faults: Iterable[Fault]) -> SiteFileError:
    lines = []
    for where, sentence in faults:
        place = f"{'.'.join(map(str, where))} " if where else ""
        lines.append(f"{path}: {place}(line {parsed.line_of(where)}): {sentence}")
    return SiteFileError("\n".join(lines))


def _spots(document: SiteDocument) -> Iterable[tuple[tuple[PathPart, ...], SpotBlock]]:
    for row, camera in enumerate(document.cameras):
        if isinstance(camera, ParkingCameraBlock):
            for column, spot in enumerate(camera.spots):
                yield ("cameras", row, "spots", column), spot


def _doubled_ids(document: SiteDocument) -> Iterable[Fault]:
    named: list[tuple[str, tuple[PathPart, ...], str]] = [
        *(("lot", ("lots", row), lot.id) for row, lot in enumerate(document.lots)),
        *(("camera", ("cameras", row), each.id) for row, each in enumerate(document.cameras)),
        # Another camera may see the same spot; one camera sees it once.
        *((f"spot of {where[1]}", where, spot.id) for where, spot in _spots(document)),
    ]
    first: dict[tuple[str, str], str] = {}
    for kind, where, name in named:
        place = ".".join(map(str, where))
        if (kind, name) in first:
            what = kind.split()[0]
            yield (*where, "id"), f"{what} id {name!r} is already taken by {first[kind, name]}"
        first.setdefault((kind, name), place)


def _unknown_lots(document: SiteDocument) -> Iterable[Fault]:
    known = [lot.id for lot in document.lots]
    lot_of: dict[str, str] = {}
    for where, spot in _spots(document):
        if lot_of.setdefault(spot.id, spot.lot) != spot.lot:
            other = lot_of[spot.id]
            yield (*where, "lot"), f"spot {spot.id!r} belongs to lot {other!r} for another camera"
        if spot.lot not in known:
            wanted = f"one of {', '.join(known)}" if known else "a list of lots in this file"
            yield (*where, "lot"), f"there is no lot {spot.lot!r}; wanted {wanted}"


def _contrary_terms(document: SiteDocument) -> Iterable[Fault]:
    first: dict[str, tuple[str, SpotTerms]] = {}
    for where, spot in _spots(document):
        terms = spot.terms()
        if terms == FOR_ALL:
            continue  # another camera may state them
        place, stated = first.setdefault(spot.id, (".".join(map(str, where)), terms))
        if terms != stated:
            yield where, f"spot {spot.id!r} has other terms in {place}; state them once, or alike"


def _missing(document: SiteDocument, path: Path, environment: Mapping[str, str]) -> Iterable[Fault]:
    for place, text in document.publish.secret_texts():
        yield from _missing_secrets(place, text, environment)
    for row, camera in enumerate(document.cameras):
        yield from _missing_secrets(("cameras", row, "source"), camera.source, environment)
        reference = camera.reference if isinstance(camera, ParkingCameraBlock) else None
        if reference is not None and not (path.parent / reference).is_file():
            place = ("cameras", row, "reference")
            yield place, f"there is no picture {reference} beside the site file"
        if not isinstance(camera, TramCameraBlock):
            continue
        speed = camera.tram.own_speed()
        if isinstance(speed, OdometrySpeedBlock):
            where: tuple[PathPart, ...] = ("cameras", row, "tram", "speed", "address")
            yield from _missing_secrets(where, speed.address, environment)
            yield from _odd_secrets(where, speed.address, environment)
        if isinstance(speed, CsvSpeedBlock):
            if is_camera_address(camera.source):
                yield ("cameras", row, "source"), "a recorded speed belongs to a clip, not a camera"
            try:
                EgoSpeed.from_csv(path.parent / speed.file)
            except (OSError, ValueError) as error:
                reason = error.strerror if isinstance(error, OSError) else error
                key = ("speed_csv",) if camera.tram.speed_csv else ("speed", "file")
                yield ("cameras", row, "tram", *key), f"{speed.file} cannot be used: {reason}"


def _missing_secrets(
    where: tuple[PathPart, ...], text: str, environment: Mapping[str, str]
) -> Iterable[Fault]:
    for name in missing_secrets(text, environment):
        yield (
            where,
            f"the environment has no {name}, which stands in the {where[-1]} as ${{{name}}}",
        )


def _odd_secrets(
    where: tuple[PathPart, ...], address: str, environment: Mapping[str, str]
) -> Iterable[Fault]:
    if missing_secrets(address, environment):
        return
    fault = mqtt_address_fault(fill_secrets(address, environment))
    if fault:
        yield where, f"{fault} once filled in; in a secret write / ? # as %2F %3F %23"


def _site(
    path: Path, parsed: YamlText, document: SiteDocument, environment: Mapping[str, str]
) -> Site:
    return Site(
        site_id=document.site,
        name=document.name or document.site,
        lots=tuple(Lot(lot.id, lot.name or lot.id, lot.lonlat) for lot in document.lots),
        cameras=tuple(_cameras(path, parsed, document, environment)),
        path=path,
        changed_at_ns=path.stat().st_mtime_ns,
        time_zone=document.time_zone,
        retention=document.retention.retention(),
        audits_per_day=document.audit.per_day,
        publish=document.publish.settings(document.site, path.parent, environment),
        expect=document.expect.limits(),
    )


def _cameras(
    path: Path, parsed: YamlText, document: SiteDocument, environment: Mapping[str, str]
) -> Iterable[Camera]:
    for row, block in enumerate(document.cameras):
        try:
            yield _camera(path, block, environment)
        except ValueError as error:  # of the core, which may be stricter than the blocks
            raise _refusal(path, parsed, [(("cameras", row), str(error))]) from error


def _camera(path: Path, block: AnyCameraBlock, environment: Mapping[str, str]) -> Camera:
    source = fill_secrets(block.source, environment)
    if isinstance(block, ParkingCameraBlock):
        plan: ParkingPlan | TramPlan = _parking_plan(path, block)
    else:
        plan = _tram_plan(path, block.tram, environment)
    camera = Camera(
        camera_id=block.id,
        name=block.name or block.id,
        source=_beside(path, source),
        plan=plan,
        model=block.model,
        frames=block.frames.frame_mode(),
        loop=block.loop,
    )
    if camera.is_file and block.frames.mode == "auto":
        # a recording is there to be judged, not to be spared
        camera = replace(camera, frames=FrameMode(max_rate_hz=block.frames.per_second))
    return camera


def _beside(path: Path, source: str) -> str:
    """A relative file path is meant from the site file's folder."""
    if ADDRESS.match(source) or Path(source).is_absolute():
        return source
    return str(path.parent / source)


def _parking_plan(path: Path, block: ParkingCameraBlock) -> ParkingPlan:
    terms = {spot.id: spot.terms() for spot in block.spots}
    return ParkingPlan(
        layout=block.layout(block.id, 1),
        settling=_settling(block.settling),
        terms={name: each for name, each in terms.items() if each != FOR_ALL},
        ground_map=None if block.map is None else block.map.ground_map(),
        reference=None if block.reference is None else path.parent / block.reference,
    )


def _settling(block: SettlingBlock) -> SettlingSettings:
    return SettlingSettings(**block.model_dump())


def _tram_plan(path: Path, block: TramBlock, environment: Mapping[str, str]) -> TramPlan:
    speed = speed_plan(
        block.own_speed(), path.parent, lambda address: fill_secrets(address, environment)
    )
    camera = block.camera
    settings = TramSettings(
        camera=GroundCamera(
            height_m=camera.height_m,
            pitch_deg=camera.pitch_deg,
            focal_px=camera.focal_px,
            principal_px=camera.principal_px,
            lateral_offset_m=camera.lateral_offset_m,
            yaw_deg=camera.yaw_deg,
        ),
        gauge_m=block.gauge_m,
        vehicle_width_m=block.vehicle_width_m,
        margin_m=block.margin_m,
        front_offset_m=block.front_offset_m,
        closer_look_every_s=block.closer_look_every_s,
        finds_objects=block.unknown_objects,
        braking=BrakingCurve(tuple(block.braking)),
        alert=_alert_settings(block, speed),
    )
    return TramPlan(
        settings,
        speed,
        overspeed=overspeed_settings(block.limits),
        is_silent=block.silent,
        ring=ring_settings(block.ring),
        track_model=block.track_model,
    )


def _alert_settings(block: TramBlock, speed: SpeedPlan) -> AlertSettings:
    settings = block.alert.settings(block.reaction_s)
    # what is listened to knows itself how old its speed is
    return replace(settings, speed_valid_for_s=0.0) if speed.live is not None else settings
