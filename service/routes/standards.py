"""The states as other systems read them: GeoJSON, NGSI-LD, DATEX II and ParkAPI."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from service.access.guard import needs
from service.access.roles import Role
from service.live.recording import site_record
from service.publish.standards import datex2, geojson, ngsi_ld, parkapi
from service.publish.standards.place import LotOnMap, lots_on_map
from service.routes.availability import ETAG, NOT_MODIFIED, available_json
from service.routes.context import Context, ContextDependency, SiteQuery
from service.routes.paging import MOST
from service.routes.problems import problem_answers
from service.site.site import Site
from service.site.time_zone import country_of
from service.timestamps import ns_to_iso

router = APIRouter(tags=["standards"])
JSON = "application/json"
Answers = dict[int | str, dict[str, Any]]
POINT = {"type": "Point", "coordinates": [-7.6192, 33.5945]}


def _answers(media_type: str, shown: object, *, has_etag: bool = True) -> Answers:
    kind: dict[str, Any] = {"type": "string"} if isinstance(shown, str) else {"type": "object"}
    if isinstance(shown, list):
        kind = {"type": "array", "items": kind}
    content = {media_type: {"schema": kind, "example": shown}}
    answer: dict[str, Any] = {"description": "The present state.", "content": content}
    if not has_etag:
        return {200: answer, **problem_answers(404)}
    return {200: {**answer, "headers": ETAG}, 304: NOT_MODIFIED, **problem_answers(404)}


def _features(geometry: object, properties: object) -> Answers:
    feature = {
        "type": "Feature",
        "id": "yard/main",
        "geometry": geometry,
        "properties": properties,
    }
    return _answers(geojson.MEDIA_TYPE, {"type": "FeatureCollection", "features": [feature]})


@router.get(
    "/lots/geojson",
    summary="Lots as GeoJSON",
    response_class=Response,
    responses=_features(POINT, {"lot_id": "main", "free_min": 41, "free_max": 44}),
    dependencies=[needs(Role.PUBLIC)],
)
def lots_as_geojson(
    request: Request, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """One point per lot with its counts; the geometry is null where no place is known."""
    return available_json(
        request, geojson.lots_geojson(_lots(context, site_id)), geojson.MEDIA_TYPE
    )


@router.get(
    "/spots/geojson",
    summary="Spots as GeoJSON",
    response_class=Response,
    responses=_features(None, {"spot_id": "A4", "status": "unknown", "reason": "spot_hidden"}),
)
def spots_as_geojson(
    request: Request, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """One polygon per spot with its state, where its camera has a map."""
    return available_json(
        request, geojson.spots_geojson(_lots(context, site_id)), geojson.MEDIA_TYPE
    )


@router.get(
    "/sites/geojson",
    summary="Sites as GeoJSON",
    response_class=Response,
    responses=_features(None, {"site_id": "yard", "name": "The yard"}),
)
def sites_as_geojson(request: Request, context: ContextDependency) -> Response:
    """Every site with the places of its lots."""
    found = [(site_record(site), _site_lots(context, site)) for site in context.hub.sites]
    return available_json(request, geojson.sites_geojson(found), geojson.MEDIA_TYPE)


@router.get(
    "/ngsi-ld/v1/entities",
    summary="Spots or lots as NGSI-LD entities",
    response_class=Response,
    responses=_answers(
        ngsi_ld.MEDIA_TYPE,
        [
            {
                "id": "urn:ngsi-ld:ParkingSpot:yard:A4",
                "type": "ParkingSpot",
                "status": {
                    "type": "Property",
                    "value": "free",
                    "observedAt": "2026-05-01T12:03:10.400Z",
                },
                "@context": list(ngsi_ld.CONTEXT),
            }
        ],
    ),
)
def entities(
    request: Request,
    context: ContextDependency,
    kind: Annotated[
        ngsi_ld.EntityType, Query(alias="type", description="Which entities.")
    ] = "OffStreetParking",
    site_id: SiteQuery = None,
    limit: Annotated[int | None, Query(ge=1, le=MOST, description="At most so many.")] = None,
    offset: Annotated[int, Query(ge=0, description="Without the first so many.")] = 0,
) -> Response:
    """`ParkingSpot` and `OffStreetParking` of the Smart Data Models, with `@context`.

    Pages are asked for as NGSI-LD does: by `limit` and `offset`, until one is shorter.
    """
    lots = _lots(context, site_id)
    told = ngsi_ld.parking_spots if kind == "ParkingSpot" else ngsi_ld.off_street_parkings
    return available_json(request, told(lots)[offset:][:limit], ngsi_ld.MEDIA_TYPE)


@router.get(
    "/datex2/v3/parking-status",
    summary="DATEX II ParkingStatusPublication",
    response_class=Response,
    responses=_answers(
        datex2.MEDIA_TYPE,
        '<d2:payload xsi:type="prk:ParkingStatusPublication">…</d2:payload>',
        has_etag=False,
    ),
)
def parking_status(context: ContextDependency, site_id: SiteQuery = None) -> Response:
    """Lots as `PlaceStatus`, and spots that are known as `SpaceStatus`, in XML.

    The publisher's country is that of the sites' `time_zone`, `zz` where that is no country's.
    """
    now = ns_to_iso(context.clock_ns())
    countries = (country_of(site.time_zone) for site in _sites(context, site_id))
    country = next(filter(None, countries), None)
    body = datex2.status_publication(_lots(context, site_id), now, country)
    return Response(body, media_type=datex2.MEDIA_TYPE)


@router.get(
    "/parkapi/v3/parking-sites",
    summary="Lots in ParkAPI's form",
    response_class=Response,
    responses=_answers(
        JSON,
        {
            "items": [{"uid": "yard:main", "realtime_capacity": 50, "realtime_free_capacity": 41}],
            "total_count": 1,
        },
    ),
)
def parkapi_sites(
    request: Request, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """One item per lot; `realtime_free_capacity` counts only what is known to be free."""
    return available_json(request, parkapi.parking_sites(_lots(context, site_id)), JSON)


@router.get(
    "/parkapi/v3/parking-spots",
    summary="Spots in ParkAPI's form",
    response_class=Response,
    responses=_answers(
        JSON, {"items": [{"uid": "yard:A4", "realtime_status": "AVAILABLE"}], "total_count": 1}
    ),
)
def parkapi_spots(
    request: Request, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """One item per spot: `AVAILABLE`, `TAKEN` or `UNKNOWN`."""
    return available_json(request, parkapi.parking_spots(_lots(context, site_id)), JSON)


def _lots(context: Context, site_id: str | None) -> list[LotOnMap]:
    return [lot for site in _sites(context, site_id) for lot in _site_lots(context, site)]


def _sites(context: Context, site_id: str | None) -> Iterator[Site]:
    wanted = context.site_ids(site_id)
    return (site for site in context.hub.sites if site.site_id in wanted)


def _site_lots(context: Context, site: Site) -> list[LotOnMap]:
    now_ns = context.clock_ns()
    hub = context.hub
    return lots_on_map(site, hub.lots(site.site_id, now_ns), hub.spots(site.site_id, now_ns))
