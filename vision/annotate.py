"""Draws results into a copy of the picture, readable without colour."""

from collections import Counter

import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.canvas import DARK, LIGHT, Canvas, Colour
from vision.masking import masked
from vision.parking.layout import Layout
from vision.parking.spot_state import SpotState, SpotStatus
from vision.parking.watch import ParkingResult
from vision.polygons import polygon_area, polygon_centroid
from vision.tram.alert_state import AlertLevel, AlertState
from vision.tram.obstacle import Obstacle
from vision.tram.watch import TramResult

COLOUR_OF_STATUS: dict[SpotStatus, Colour] = {
    SpotStatus.FREE: (110, 220, 60),
    SpotStatus.OCCUPIED: (70, 70, 240),
    SpotStatus.UNKNOWN: (40, 200, 250),
    SpotStatus.CLOSED: (170, 170, 170),
}
COLOUR_OF_LEVEL: dict[AlertLevel, Colour] = {
    AlertLevel.CLEAR: (110, 200, 60),
    AlertLevel.INFORMATION: (235, 190, 70),
    AlertLevel.CAUTION: (40, 200, 250),
    AlertLevel.ALARM: (60, 50, 235),
    AlertLevel.UNAVAILABLE: (170, 170, 170),
}
BESIDE: Colour = (215, 215, 215)  # an obstacle that is not in the way
BANNER_TEXT = 15.0
LABEL_TEXT = 10.0
LABELLED_HEIGHT_SHARE = 0.15  # of the picture: smaller ones beside the track get no label


def annotate_parking(
    image: ImageArray, layout: Layout, result: ParkingResult, *, has_captions: bool = True
) -> ImageArray:
    """A copy with every spot outlined, coloured and marked by its status.

    Free is a ring, occupied a cross, unknown hatched with a question mark, closed a bar. Captions
    (counts, a fault of the view) are English: a page that tells them itself leaves them out.
    """
    canvas = Canvas(image)
    for spot in layout.spots:
        state = result.spots.get(spot.spot_id)
        if state is not None:
            _draw_spot(canvas, spot.polygon, state)
    if has_captions:
        _caption(canvas, result)
    return canvas.image


def _caption(canvas: Canvas, result: ParkingResult) -> None:
    counts = Counter(state.status for state in result.spots.values())
    parts = [f"{counts[status]} {status}" for status in SpotStatus if counts[status]]
    canvas.label("   ".join(parts), 0, 0, BANNER_TEXT)
    if result.health.fault is not None:
        top_px = canvas.text_size("", BANNER_TEXT)[1]
        text = f"view {result.health.fault}"
        paper = COLOUR_OF_STATUS[SpotStatus.UNKNOWN]
        canvas.label(text, 0, top_px, BANNER_TEXT, ink=DARK, paper=paper)


def annotate_tram(image: ImageArray, result: TramResult) -> ImageArray:
    """A copy with the envelope, the obstacles with their metres, and the alert level.

    What is in the way has a box of full lines, what is beside it only corners. Nobody can be
    recognised, see `masked`.
    """
    canvas = Canvas(masked(image, result))
    alert = result.alert
    if len(result.envelope_px) >= 3 and alert.level is not AlertLevel.UNAVAILABLE:
        canvas.fill(result.envelope_px, COLOUR_OF_LEVEL[alert.level], 0.22)
        canvas.outline(result.envelope_px, COLOUR_OF_LEVEL[alert.level], 1.5)
    # what the alert is about comes last: nothing may cover it
    for obstacle in sorted(
        result.obstacles, key=lambda one: (_is_about(alert, one), -one.distance_m)
    ):
        _draw_obstacle(canvas, obstacle, alert)
    _draw_banner(canvas, alert)
    return canvas.image


def _draw_spot(canvas: Canvas, polygon: FloatArray, state: SpotState) -> None:
    colour = COLOUR_OF_STATUS[state.status]
    if state.status is SpotStatus.UNKNOWN:
        canvas.hatch(polygon, colour)
    else:
        canvas.fill(polygon, colour, 0.16)
    canvas.outline(polygon, colour, 1.5)
    x, y = (float(value) for value in polygon_centroid(polygon))
    radius_px = min(0.2 * polygon_area(polygon) ** 0.5, canvas.px(14))
    if state.status is SpotStatus.FREE:
        canvas.ring((x, y), radius_px, colour)
    elif state.status is SpotStatus.OCCUPIED:
        canvas.cross((x, y), radius_px, colour)
    elif state.status is SpotStatus.CLOSED:
        canvas.line((x - radius_px, y), (x + radius_px, y), colour, 3.0)
    else:
        height = max(1.4 * radius_px / canvas.scale, 6.0)
        width_px, height_px = canvas.text_size("?", height)
        canvas.label("?", x - width_px / 2, y - height_px / 2, height, ink=colour)


def _draw_obstacle(canvas: Canvas, obstacle: Obstacle, alert: AlertState) -> None:
    is_about = _is_about(alert, obstacle)
    in_the_way = obstacle.in_envelope or obstacle.enters_envelope_in_s is not None
    colour = BESIDE
    if is_about or in_the_way:
        colour = COLOUR_OF_LEVEL[alert.level if is_about else AlertLevel.INFORMATION]
    left, top, right, bottom = obstacle.xyxy
    if is_about or in_the_way:
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        canvas.outline(corners, colour, 3.0 if is_about else 2.0)
    else:
        _draw_corners(canvas, obstacle.xyxy, colour)
        if bottom - top < LABELLED_HEIGHT_SHARE * canvas.height_px:
            return
    text = f"{obstacle.kind.replace('_', ' ')} {obstacle.distance_m:.0f} m"
    if is_about and obstacle.time_to_collision_s is not None:
        text += f"  {obstacle.time_to_collision_s:.1f} s"
    if not obstacle.in_envelope and obstacle.enters_envelope_in_s is not None:
        text += f"  enters in {obstacle.enters_envelope_in_s:.1f} s"
    height_px = canvas.text_size(text, LABEL_TEXT)[1]
    canvas.label(text, left, top - height_px, LABEL_TEXT, ink=DARK, paper=colour)


def _is_about(alert: AlertState, obstacle: Obstacle) -> bool:
    return alert.nearest is not None and alert.nearest.track_id == obstacle.track_id


def _draw_corners(canvas: Canvas, xyxy: tuple[float, float, float, float], colour: Colour) -> None:
    left, top, right, bottom = xyxy
    reach_px = min(right - left, bottom - top) * 0.25
    for x, inward_x in ((left, 1), (right, -1)):
        for y, inward_y in ((top, 1), (bottom, -1)):
            canvas.line((x, y), (x + inward_x * reach_px, y), colour, 1.5)
            canvas.line((x, y), (x, y + inward_y * reach_px), colour, 1.5)


def _draw_banner(canvas: Canvas, alert: AlertState) -> None:
    text = str(alert.level).upper()
    if alert.reason is not None:
        text += f": {alert.reason.replace('_', ' ')}"
    elif alert.nearest is not None:
        text += f": {alert.nearest.kind.replace('_', ' ')} {alert.nearest.distance_m:.0f} m"
    ink = LIGHT if alert.level is AlertLevel.ALARM else DARK
    canvas.label(text, 0, 0, BANNER_TEXT, ink=ink, paper=COLOUR_OF_LEVEL[alert.level])
