"""The page for residents: how many spots are free, small enough for an old phone.

Everything is in the one answer; without JavaScript, also as plain text and by a QR code.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from service.access.guard import needs
from service.access.roles import Role
from service.live.records import LotRecord, SpotRecord
from service.pages.language import Language, language_of, remember_language
from service.pages.lot import SpotGroup, free_range, group_phrase, group_spots
from service.pages.page import page
from service.pages.signs import Mood, mood_of
from service.pages.sites import now_of, site_of
from service.routes.context import Context, ContextDependency, SiteQuery, the_one
from service.site.time_zone import zone_of

router = APIRouter(include_in_schema=False, dependencies=[needs(Role.PUBLIC)])
REFRESH_S = 30
TEXT = "text/plain"
HTML = "text/html"


@dataclass(frozen=True, slots=True)
class PublicLot:
    """One lot as residents see it."""

    lot: LotRecord
    name: str
    """With that of its site, where another site has a lot of this id."""
    headline: str
    """How many spots are free, or why nobody can say or park."""
    mood: Mood
    permits: list[str]
    """How many of the free spots need which permit; empty where the headline is no number."""
    groups: list[SpotGroup]
    time: str
    """Of the last look at the lot, as the reader's language writes it; empty before the first."""


@router.get("/p", response_model=None)
def all_lots(request: Request, context: ContextDependency, site_id: SiteQuery = None) -> Response:
    """All lots, to choose from."""
    lots = [
        lot
        for each in context.site_ids(site_id)
        for lot in context.hub.lots(each, context.clock_ns())
    ]
    return _answer(request, context, lots)


@router.get("/p/{lot_id}", response_model=None)
def one_lot(
    request: Request, lot_id: str, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """One lot at a short address; those of all sites that have one of this name."""
    found = _lots(context, site_id, lot_id)
    return _answer(request, context, found or [the_one(found, "lot", lot_id)])


@router.get("/p/{lot_id}/qr.svg", response_class=Response)
def qr_code(
    request: Request, lot_id: str, context: ContextDependency, site_id: SiteQuery = None
) -> Response:
    """The short address as a QR code to print and to put up."""
    lot = _lot(context, site_id, lot_id)
    address = str(request.url_for("one_lot", lot_id=lot.lot_id))
    if _is_ambiguous(context, lot):
        address += f"?site={lot.site_id}"
    drawn = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(drawn, kind="svg", scale=8, border=4, light="#fff", title=address)
    return Response(drawn.getvalue(), media_type="image/svg+xml")


def _lot(context: Context, site_id: str | None, lot_id: str) -> LotRecord:
    return the_one(_lots(context, site_id, lot_id), "lot", lot_id)


def _lots(context: Context, site_id: str | None, lot_id: str) -> list[LotRecord]:
    return [
        lot
        for each in context.site_ids(site_id)
        for lot in context.hub.lots(each, context.clock_ns())
        if lot.lot_id == lot_id
    ]


def _is_ambiguous(context: Context, lot: LotRecord) -> bool:
    return any(
        each.lot_id == lot.lot_id and site.site_id != lot.site_id
        for site in context.hub.sites
        for each in site.lots
    )


def _answer(request: Request, context: Context, lots: list[LotRecord]) -> Response:
    language = language_of(request)
    shown = [_public_lot(context, language, lot) for lot in lots]
    if wants_text(request.headers.get("accept", "")):
        response: Response = PlainTextResponse(as_text(language, shown))
        remember_language(request, response)
    else:
        values = {
            "lots": shown,
            "refresh_s": REFRESH_S,
            "group_count": group_count,
            "permit_notes": permit_notes,
        }
        response = page(request, "public.html", values)
    response.headers["Refresh"] = str(REFRESH_S)
    response.headers["Cache-Control"] = "no-cache"
    response.headers.append("Vary", "Accept")
    return response


def wants_text(accept: str) -> bool:
    """Whether plain text is asked for by name, and HTML is not."""
    return TEXT in accept and HTML not in accept


def as_text(language: Language, lots: list[PublicLot]) -> str:
    """The lots as a few lines of text."""
    colon = language.t("page.colon")
    lines: list[str] = []
    for each in lots:
        lot = each.lot
        lines += [each.name, f"  {_first_line(language, each)}"]
        lines += [f"  {note}" for note in each.permits]
        if len(each.groups) > 1:
            for group in each.groups:
                told = group_phrase(language, group)
                lines.append(f"  - {_group_name(language, group)}{colon}{told}")
                lines += [f"    {note}" for note in permit_notes(language, group.spots)]
        if lot.unknown:
            lines.append(f"  {language.t('lot.unseen', n=lot.unknown)}")
        if lot.closed:
            lines.append(f"  {language.t('public.closed', n=lot.closed)}")
        seen = language.t("public.seen", time=each.time) if each.time else ""
        lines += [f"  {seen or language.t('public.not_seen')}", ""]
    return "\n".join(lines)


def _first_line(language: Language, shown: PublicLot) -> str:
    """The headline, and of how many spots where it is a number."""
    if shown.mood in ("closed", "unknown"):
        return shown.headline
    return f"{shown.headline} {language.t('lot.of_total', n=shown.lot.total)}"


def headline_of(language: Language, lot: LotRecord) -> str:
    """How many spots are free, as a range where some are unknown; or why there is no number."""
    match mood_of(lot):
        case "closed":
            return language.t("public.is_closed")
        case "unknown":
            return language.t("public.not_known")
    return free_range(language, lot.free_min, lot.free_max)


def group_count(language: Language, group: SpotGroup) -> str:
    """How many spots of a group are free, as bare numbers; or closed."""
    if group.is_closed:
        return group_phrase(language, group)
    return _free_numbers(language, group.spots)


def permit_notes(language: Language, spots: Sequence[SpotRecord]) -> list[str]:
    """How many of the free spots need which permit, one phrase for each choice of permits."""
    needing: dict[tuple[str, ...], list[SpotRecord]] = {}
    for spot in spots:
        if spot.permits and spot.status in ("free", "unknown"):
            needing.setdefault(tuple(spot.permits), []).append(spot)
    return [
        language.t(
            "public.permits",
            count=_free_numbers(language, found),
            names=language.words("group", permits),
        )
        for permits, found in needing.items()
    ]


def _free_numbers(language: Language, spots: Sequence[SpotRecord]) -> str:
    """How many are free, as bare numbers: a range where some are unknown."""
    free = sum(spot.status == "free" for spot in spots)
    unknown = sum(spot.status == "unknown" for spot in spots)
    low, high = language.number(free), language.number(free + unknown)
    return low if low == high else f"{low}–{high}"


def _group_name(language: Language, group: SpotGroup) -> str:
    name = language.word("group", group.group)
    return f"{language.t('lot.level', name=group.level)} · {name}" if group.level else name


def _public_lot(context: Context, language: Language, lot: LotRecord) -> PublicLot:
    spots = [
        spot
        for spot in context.hub.spots(lot.site_id, context.clock_ns())
        if spot.lot_id == lot.lot_id
    ]
    site = site_of(context, lot.site_id)
    name = f"{site.name} · {lot.name}" if _is_ambiguous(context, lot) else lot.name
    seen = ""
    if lot.observed_at:
        seen = language.recent(lot.observed_at, now_of(context), zone_of(site.time_zone))
    mood = mood_of(lot)
    permits = [] if mood == "unknown" else permit_notes(language, spots)
    groups = group_spots([lot], spots)
    return PublicLot(lot, name, headline_of(language, lot), mood, permits, groups, seen)
