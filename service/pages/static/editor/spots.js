// What can be done with outlines and names of spots; pure functions over plain objects.

export const FEWEST_CORNERS = 3;

// A spot whose every corner is `dx`, `dy` further, as far as the picture reaches.
export function moved(spot, dx, dy, size) {
  const xs = spot.polygon.map(([x]) => x);
  const ys = spot.polygon.map(([, y]) => y);
  const fit = (by, low, high, most) => Math.max(-low, Math.min(by, most - high));
  const right = fit(dx, Math.min(...xs), Math.max(...xs), size.width);
  const down = fit(dy, Math.min(...ys), Math.max(...ys), size.height);
  return { ...spot, polygon: spot.polygon.map(([x, y]) => [rounded(x + right), rounded(y + down)]) };
}

// A spot one of whose corners is `dx`, `dy` further, as far as the picture reaches.
export function withCornerMoved(spot, index, dx, dy, size) {
  const [x, y] = spot.polygon[index];
  const held = [
    rounded(Math.max(0, Math.min(x + dx, size.width))),
    rounded(Math.max(0, Math.min(y + dy, size.height))),
  ];
  return { ...spot, polygon: spot.polygon.map((corner, at) => (at === index ? held : corner)) };
}

// A spot with one more corner, half-way after the given one.
export function withCornerAfter(spot, index) {
  const [x, y] = spot.polygon[index];
  const [nextX, nextY] = spot.polygon[(index + 1) % spot.polygon.length];
  const polygon = [...spot.polygon];
  polygon.splice(index + 1, 0, [rounded((x + nextX) / 2), rounded((y + nextY) / 2)]);
  return { ...spot, polygon };
}

// A spot without one of its corners, or null where too few would be left.
export function withoutCorner(spot, index) {
  if (spot.polygon.length <= FEWEST_CORNERS) return null;
  return { ...spot, polygon: spot.polygon.filter((_, at) => at !== index) };
}

// A row of `count` spots side by side in a spot of four corners, as equal on the ground as the eye
// of a camera shows them, divided along its longer sides.
export function split(spot, count, taken) {
  const [a, b, c, d] = lengthwise(spot.polygon);
  const place = squareTo([a, b, c, d]);
  const names = freeNames(spot.id, count, taken);
  return names.map((id, at) => ({
    ...spot,
    id,
    polygon: [
      place(at / count, 0), place((at + 1) / count, 0), place((at + 1) / count, 1), place(at / count, 1),
    ].map(([x, y]) => [rounded(x), rounded(y)]),
  }));
}

// The corners begun so that the first side is one of the longer pair.
function lengthwise([a, b, c, d]) {
  const length = ([x, y], [otherX, otherY]) => Math.hypot(x - otherX, y - otherY);
  const along = length(a, b) + length(c, d);
  const across = length(b, c) + length(d, a);
  return along >= across ? [a, b, c, d] : [b, c, d, a];
}

// Maps the unit square onto four corners as a camera does (Heckbert 1989).
function squareTo([[x0, y0], [x1, y1], [x2, y2], [x3, y3]]) {
  const sumX = x0 - x1 + x2 - x3;
  const sumY = y0 - y1 + y2 - y3;
  const [dx1, dx2, dy1, dy2] = [x1 - x2, x3 - x2, y1 - y2, y3 - y2];
  const whole = dx1 * dy2 - dx2 * dy1;
  const g = (sumX * dy2 - dx2 * sumY) / whole;
  const h = (dx1 * sumY - sumX * dy1) / whole;
  return (u, v) => {
    const depth = g * u + h * v + 1;
    return [
      ((x1 - x0 + g * x1) * u + (x3 - x0 + h * x3) * v + x0) / depth,
      ((y1 - y0 + g * y1) * u + (y3 - y0 + h * y3) * v + y0) / depth,
    ];
  };
}

// `count` names that go on from a name and are not taken: A7, A8 …
export function freeNames(name, count, taken) {
  const [, stem, digits] = name.match(/^(.*?)(\d*)$/);
  const used = new Set(taken);
  const names = [];
  for (let number = digits === "" ? 1 : Number(digits); names.length < count; number += 1) {
    const next = `${stem}${String(number).padStart(digits.length, "0")}`;
    if (!used.has(next)) names.push(next);
  }
  return names;
}

// Whether an outline crosses itself or has no inside.
export function isBroken(polygon) {
  if (polygon.length < FEWEST_CORNERS || Math.abs(area(polygon)) < 1) return true;
  const sides = polygon.map((corner, at) => [corner, polygon[(at + 1) % polygon.length]]);
  return sides.some((side, at) => sides.some((other, otherAt) => {
    const gap = Math.abs(at - otherAt);
    return gap > 1 && gap < sides.length - 1 && cross(side, other);
  }));
}

function area(polygon) {
  return polygon.reduce((sum, [x, y], at) => {
    const [nextX, nextY] = polygon[(at + 1) % polygon.length];
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

function cross([a, b], [c, d]) {
  const side = ([x0, y0], [x1, y1], [x, y]) => Math.sign((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0));
  return side(a, b, c) !== side(a, b, d) && side(c, d, a) !== side(c, d, b);
}

// The middle of an outline, where its name stands.
export function middle(polygon) {
  const sum = polygon.reduce(([x, y], [nextX, nextY]) => [x + nextX, y + nextY], [0, 0]);
  return [sum[0] / polygon.length, sum[1] / polygon.length];
}

function rounded(px) {
  return Math.round(px * 10) / 10;
}
