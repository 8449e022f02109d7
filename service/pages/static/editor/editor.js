// The layout editor: mouse, touch and keyboard on the camera's still, saved as a new version.

import { Past } from "./past.js";
import {
  FEWEST_CORNERS, freeNames, isBroken, middle, moved, split, withCornerAfter, withCornerMoved, withoutCorner,
} from "./spots.js";

const SVG = "http://www.w3.org/2000/svg";
const NEAR_PX = 12; // on the screen: so near to the first corner closes an outline
const SAME_PX = 3; // on the screen: nearer is the same place
const HANDLE_PX = 6;
const FAR = 10; // how much farther an arrow goes with Shift
const PASTED_PX = 12;
const TOUCHED_PX = 22; // half the side of what a finger hits
const CLOSEST = 8; // times

const editor = document.getElementById("editor");
const stage = document.getElementById("stage");
const properties = document.getElementById("properties");
const words = (name, values = {}) => Object.entries(values).reduce(
  (text, [key, value]) => text.replace(`{${key}}`, value), editor.dataset[`word${name}`],
);
const camera = encodeURIComponent(editor.dataset.camera);
const query = `site=${encodeURIComponent(editor.dataset.site)}`;
const api = (what) => `/api/v1/cameras/${camera}/${what}?${query}`;

const moments = new Intl.DateTimeFormat(editor.dataset.locale, {
  dateStyle: "medium", timeStyle: "short", timeZone: editor.dataset.timeZone,
});

let layout = null; // as the service gave it
let past = null; // the spots, with undo and redo
let size = { width: 16, height: 9 };
let tool = "select";
let chosen = null; // { spot, corner } by place; corner may be null
let draft = [];
let pen = null; // where the next corner would be set
let drag = null;
let clipboard = null;
const isTouched = matchMedia("(pointer: coarse)").matches;
let savedState = null;
let isSaving = false;
let shownName = null; // of the spot whose properties are shown
let view = { x: 0, y: 0, width: size.width }; // the part of the picture that is seen: x, y, width

const part = (name) => document.getElementById(name);
const button = (name) => document.querySelector(`[data-do="${name}"]`);
const spotsNow = () => drag?.spots ?? past.state;
const names = () => past.state.map((spot) => spot.id);

// --- loading and saving

async function ask(address, options) {
  const answer = await fetch(address, { signal: AbortSignal.timeout(15000), ...options }).catch(() => {
    throw new Error(words("NoContact"));
  });
  if (!answer.ok) {
    const problem = await answer.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || answer.statusText), { status: answer.status });
  }
  return answer.json();
}

async function load() {
  try {
    const still = await loadStill();
    await takeLayout(await ask(api("layout")), still);
  } catch (error) {
    part("fault").textContent = `${words("LoadingFailed")} ${error.message}`;
    part("fault").hidden = false;
  }
}

// The still in whole size; where there is none, the live picture.
async function loadStill() {
  for (const name of ["still.jpg", "picture.jpg"]) {
    const image = new Image();
    image.src = `${api(name)}&t=${Date.now()}`;
    const isLoaded = await image.decode().then(() => true, () => false);
    if (isLoaded) return image;
  }
  part("fault").textContent = words("NoStill");
  part("fault").hidden = false;
  return null;
}

async function takeLayout(got, still) {
  layout = got;
  past = new Past(got.spots);
  savedState = past.state;
  const drawn = got.spots.flatMap((spot) => spot.polygon); // shows how far a picture reaches that is away
  const width = got.width_px || Number(editor.dataset.width) || still?.naturalWidth;
  const height = got.height_px || Number(editor.dataset.height) || still?.naturalHeight;
  size = {
    width: width || Math.max(640, ...drawn.map(([x]) => x)),
    height: height || Math.max(360, ...drawn.map(([, y]) => y)),
    stated: width && height ? { width_px: width, height_px: height } : {},
  };
  view = { x: 0, y: 0, width: size.width };
  if (still) {
    const picture = draw("image", { href: still.src, width: size.width, height: size.height, preserveAspectRatio: "none" });
    stage.replaceChildren(picture, draw("g", { id: "drawn" }));
  } else {
    stage.replaceChildren(draw("g", { id: "drawn" }));
  }
  show();
  await listVersions();
}

async function listVersions() {
  const found = await ask(api("layouts")).catch(() => []);
  const maker = (name) => (name === "site file" ? words("SiteFile") : name);
  part("versions").replaceChildren(...found.map((version) => {
    const line = document.createElement("li");
    const open = document.createElement("button");
    open.type = "button";
    open.textContent = words("Version", { n: version.version });
    open.addEventListener("click", () => restore(version.version));
    const who = document.createElement("small");
    const when = version.created_at ? moments.format(new Date(version.created_at)) : "";
    who.textContent = [when, version.created_by && words("SavedBy", { name: maker(version.created_by) }), version.comment]
      .filter(Boolean).join(" · ");
    line.append(open, who);
    return line;
  }));
}

// Takes over the spots of an older version; saving makes them a new one.
async function restore(version) {
  try {
    const { spots } = await ask(`${api("layout")}&version=${version}`);
    chosen = null;
    change(spots);
  } catch (error) {
    tell(`${words("LoadingFailed")} ${error.message}`);
  }
}

async function save(comment) {
  const sent = past.state;
  isSaving = true;
  show();
  const body = { base_version: layout.version, comment, ...size.stated, spots: sent, zones: layout.zones, map: layout.map };
  try {
    const options = { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    layout = await ask(api("layout"), options);
    savedState = sent;
    part("save").reset();
    part("login").hidden = true;
    tell(words("Saved", { n: layout.version }));
    await listVersions();
    part("theirs").hidden = true;
  } catch (error) {
    part("login").hidden = error.status !== 401;
    if (error.status === 409) await tellConflict();
    else if (error.status === 401) tell(words("LoginOver"));
    else tell(`${words("Failed")} ${error.message}`);
  }
  isSaving = false;
  show();
}

// Somebody else has saved meanwhile: what is drawn here stays, and a person decides.
async function tellConflict() {
  const theirs = await ask(api("layout")).catch(() => null);
  tell(words("Conflict", { n: theirs?.version ?? "?", name: theirs?.created_by ?? "?" }));
  part("theirs").hidden = !theirs;
  if (theirs) part("theirs").theirs = theirs;
  await listVersions();
}

// Goes on from the other version: their spots, or mine over theirs; undo brings back the other.
function resolve(isTheirs) {
  layout = part("theirs").theirs;
  part("theirs").hidden = true;
  const mine = past.state;
  past.add(layout.spots);
  savedState = past.state;
  if (!isTheirs) past.add(mine);
  tell("");
  choose(null);
}

function tell(text) {
  part("told").textContent = text;
}

// --- looking closer

const ratio = () => size.height / size.width;

// Shows so many times less of the picture, around what is chosen or where one looked.
function zoom(times) {
  const spot = chosen ? past.state[chosen.spot] : null;
  const [x, y] = spot ? middle(spot.polygon) : pen ?? [view.x + view.width / 2, view.y + view.width * ratio() / 2];
  const width = Math.max(size.width / CLOSEST, Math.min(size.width, view.width / times));
  look(x - width / 2, y - width * ratio() / 2, width);
}

function look(x, y, width) {
  view = {
    x: Math.max(0, Math.min(x, size.width - width)),
    y: Math.max(0, Math.min(y, size.height - width * ratio())),
    width,
  };
  show();
}

// Brings a point into the part that is seen.
function see([x, y]) {
  const height = view.width * ratio();
  const isSeen = x >= view.x && x <= view.x + view.width && y >= view.y && y <= view.y + height;
  if (!isSeen) look(x - view.width / 2, y - height / 2, view.width);
}

// --- changing

function change(spots) {
  past.add(spots);
  show();
}

function choose(spot, corner = null) {
  chosen = spot === null ? null : { spot, corner };
  show();
}

function chooseSeen(spot) {
  choose(spot);
  see(middle(past.state[spot].polygon));
}

function changeChosen(make) {
  change(past.state.map((spot, at) => (at === chosen.spot ? make(spot) : spot)));
}

function take(name) {
  tool = name;
  draft = [];
  pen = name === "draw" ? [view.x + view.width / 2, view.y + view.width * ratio() / 2] : null;
  if (name === "draw") chosen = null;
  show();
}

function setCorner(point) {
  const first = draft[0];
  if (first && draft.length >= FEWEST_CORNERS && screenDistance(first, point) < NEAR_PX) {
    closeDraft();
    return;
  }
  const last = draft.at(-1);
  if (last && screenDistance(last, point) < SAME_PX) return; // the second half of a double click
  draft.push(point);
  show();
}

function closeDraft() {
  if (isBroken(draft)) return;
  const like = past.state.at(-1);
  const lot = part("properties").elements.lot.options[0]?.value ?? "";
  const spot = {
    id: freeNames(like?.id ?? "A1", 1, names())[0],
    lot: like?.lot ?? lot,
    group: like?.group ?? "general",
    polygon: draft.map(([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]),
    closed: false, permits: [], max_stay_min: null, closed_hours: [], level: like?.level ?? null,
  };
  draft = [];
  change([...past.state, spot]);
  take("select");
  choose(past.state.length - 1);
}

const actions = {
  undo() {
    const name = nameOfChosen();
    if (draft.length) draft.pop();
    else past.undo();
    chooseNamed(name);
  },
  redo() {
    const name = nameOfChosen();
    past.redo();
    chooseNamed(name);
  },
  copy() {
    clipboard = past.state[chosen.spot];
    show();
  },
  paste() {
    const copy = { ...moved(clipboard, PASTED_PX, PASTED_PX, size), id: freeNames(clipboard.id, 1, names())[0] };
    clipboard = copy;
    change([...past.state, copy]);
    choose(past.state.length - 1);
  },
  insert() {
    const corner = chosen.corner ?? 0;
    changeChosen((spot) => withCornerAfter(spot, corner));
    choose(chosen.spot, corner + 1);
  },
  remove() {
    const spot = past.state[chosen.spot];
    const left = chosen.corner === null ? null : withoutCorner(spot, chosen.corner);
    const at = chosen.spot;
    if (left) {
      changeChosen(() => left);
      choose(at, chosen.corner % left.polygon.length);
    } else {
      chosen = null;
      change(past.state.filter((_, place) => place !== at));
    }
  },
  split() {
    const count = Number(part("parts").value);
    const spot = past.state[chosen.spot];
    if (!(count >= 2)) return;
    const row = split(spot, count, names().filter((name) => name !== spot.id));
    const at = chosen.spot;
    change([...past.state.slice(0, at), ...row, ...past.state.slice(at + 1)]);
    choose(at);
  },
  closer: () => zoom(2),
  farther: () => zoom(0.5),
  finish: () => closeDraft(),
};

function nameOfChosen() {
  return chosen && past.state[chosen.spot].id;
}

function chooseNamed(name) {
  const at = past.state.findIndex((spot) => spot.id === name);
  choose(at < 0 ? null : at);
}

function canDo(name) {
  const spot = chosen ? past.state[chosen.spot] : null;
  return {
    undo: draft.length > 0 || past.canUndo,
    redo: draft.length === 0 && past.canRedo,
    copy: Boolean(spot),
    paste: Boolean(clipboard),
    insert: Boolean(spot),
    remove: Boolean(spot),
    split: Boolean(spot) && spot.polygon.length === 4,
    closer: view.width > size.width / CLOSEST + 1,
    farther: view.width < size.width,
    finish: tool === "draw" && !isBroken(draft),
  }[name];
}

function act(name) {
  if (past && canDo(name)) actions[name]();
}

// --- showing

function draw(name, attributes, ...children) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

const pointsOf = (polygon) => polygon.map((corner) => corner.join(",")).join(" ");

function show() {
  if (!past) return;
  const spots = spotsNow();
  stage.setAttribute("viewBox", `${view.x} ${view.y} ${view.width} ${view.width * ratio()}`);
  const unit = screenPx();
  part("drawn").replaceChildren(
    ...spots.map((spot, at) => drawSpot(spot, at, unit)),
    ...(chosen && tool === "select" ? drawCorners(spots[chosen.spot], unit) : []),
    ...drawDraft(unit),
  );
  stage.classList.toggle("drawing", tool === "draw");
  part("hint").textContent = words(hintFor(spots));
  for (const each of document.querySelectorAll("[data-tool]")) {
    each.setAttribute("aria-pressed", String(each.dataset.tool === tool));
  }
  for (const each of document.querySelectorAll("[data-do]")) each.disabled = !canDo(each.dataset.do);
  const isChanged = past.state !== savedState;
  part("unsaved").hidden = !isChanged;
  part("save").querySelector("button").disabled = !isChanged || isSaving;
  part("version").textContent = words("Version", { n: layout.version });
  if (!drag) {
    showNames(spots);
    showProperties(chosen ? spots[chosen.spot] : null);
  }
}

function hintFor(spots) {
  const outline = tool === "draw" ? draft : spots[chosen?.spot]?.polygon;
  if (outline?.length >= FEWEST_CORNERS && isBroken(outline)) return "HintBroken";
  return tool === "draw" ? "HintDraw" : "HintSelect";
}

function drawSpot(spot, at, unit) {
  const isChosen = chosen?.spot === at && tool === "select";
  const [x, y] = middle(spot.polygon);
  const name = draw("text", { x, y, "font-size": 13 * unit }, spot.id);
  const outline = draw("polygon", { points: pointsOf(spot.polygon), "data-spot": at });
  const kind = `spot${isChosen ? " chosen" : ""}${spot.closed ? " closed" : ""}`;
  return draw("g", { class: kind, "data-name": spot.id }, outline, name);
}

// Each corner as a dot, within a larger one that a finger hits.
function drawCorners(spot, unit) {
  const reach = isTouched ? nearestCorners(spot.polygon, unit) / 2 : 0;
  return spot.polygon.flatMap(([cx, cy], at) => [
    draw("circle", { cx, cy, r: Math.max(HANDLE_PX * unit, reach), "data-corner": at, class: "reach" }),
    draw("circle", {
      cx, cy, r: HANDLE_PX * unit, "data-corner": at, class: `corner${chosen.corner === at ? " chosen" : ""}`,
    }),
  ]);
}

// The least distance of two corners, at most what a finger needs.
function nearestCorners(polygon, unit) {
  const gaps = polygon.map(([x, y], at) => {
    const [nextX, nextY] = polygon[(at + 1) % polygon.length];
    return Math.hypot(nextX - x, nextY - y);
  });
  return Math.min(2 * TOUCHED_PX * unit, ...gaps);
}

function drawDraft(unit) {
  if (tool !== "draw") return [];
  const shown = [];
  if (draft.length) {
    shown.push(draw("polygon", { class: "draft", points: pointsOf(pen ? [...draft, pen] : draft) }));
    shown.push(...draft.map(([cx, cy]) => draw("circle", { cx, cy, r: HANDLE_PX * unit, class: "corner" })));
  }
  if (pen) {
    const [x, y] = pen;
    const arm = 9 * unit;
    shown.push(draw("path", { class: "pen", d: `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}` }));
  }
  return shown;
}

// Each button stays: one that a click has begun on must still be there when it ends.
function showNames(spots) {
  const list = part("spots");
  while (list.children.length > spots.length) list.lastElementChild.remove();
  while (list.children.length < spots.length) list.append(nameLine(list.children.length));
  spots.forEach((spot, at) => {
    const name = list.children[at].firstElementChild;
    name.textContent = spot.id;
    name.setAttribute("aria-pressed", String(chosen?.spot === at));
  });
}

function nameLine(at) {
  const line = document.createElement("li");
  const name = document.createElement("button");
  name.type = "button";
  name.addEventListener("click", () => {
    take("select");
    chooseSeen(at);
    stage.focus();
  });
  line.append(name);
  return line;
}

function showProperties(spot) {
  const { id, lot, group, level, closed } = properties.elements;
  properties.querySelector("fieldset").disabled = !spot;
  part("nothing").hidden = Boolean(spot);
  if (!spot) return;
  for (const [field, value] of [[lot, spot.lot], [group, spot.group]]) {
    if (![...field.options].some((option) => option.value === value)) field.add(new Option(value, value));
  }
  const isOther = shownName !== spot.id; // else what is being typed stays
  shownName = spot.id;
  for (const [field, value] of [[id, spot.id], [level, spot.level ?? ""]]) {
    if (!isOther && document.activeElement === field) continue;
    field.value = value;
    field.setCustomValidity("");
  }
  lot.value = spot.lot;
  group.value = spot.group;
  closed.checked = spot.closed;
}

properties.addEventListener("submit", (event) => event.preventDefault());
properties.addEventListener("change", (event) => {
  const { name, value, checked } = event.target;
  if (name === "id") {
    const isTaken = past.state.some((spot, at) => at !== chosen.spot && spot.id === value);
    event.target.setCustomValidity(isTaken ? words("NameTaken", { name: value }) : "");
  }
  if (!event.target.reportValidity()) return;
  const news = { id: { id: value }, lot: { lot: value }, group: { group: value }, level: { level: value || null }, closed: { closed: checked } };
  changeChosen((spot) => ({ ...spot, ...news[name] }));
});

// --- pointer

function placeOf(event) {
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(stage.getScreenCTM().inverse());
  return [Math.max(0, Math.min(point.x, size.width)), Math.max(0, Math.min(point.y, size.height))];
}

function screenDistance([x, y], [otherX, otherY]) {
  return Math.hypot(x - otherX, y - otherY) / screenPx();
}

// How many px of the picture one of the screen shows; the picture may be narrower than its place.
function screenPx() {
  return 1 / stage.getScreenCTM().a;
}

stage.addEventListener("pointerdown", (event) => {
  if (!past || event.button !== 0) return;
  if (!event.isPrimary) { // a second finger: whoever pinches drags nothing
    drag = null;
    show();
    return;
  }
  stage.focus();
  event.preventDefault();
  const place = placeOf(event);
  if (tool === "draw") {
    pen = place;
    setCorner(place);
    return;
  }
  const { corner, spot } = event.target.dataset;
  if (corner !== undefined) {
    chosen.corner = Number(corner);
  } else if (spot !== undefined) {
    chosen = { spot: Number(spot), corner: null };
  } else {
    choose(null);
    drag = { pan: { ...view }, clientX: event.clientX, clientY: event.clientY };
    stage.setPointerCapture(event.pointerId);
    return;
  }
  drag = { from: place, corner: chosen.corner, spots: past.state, isMoved: false };
  stage.setPointerCapture(event.pointerId);
  show();
});

stage.addEventListener("pointermove", (event) => {
  const place = placeOf(event);
  if (tool === "draw" && past) {
    pen = place;
    show();
    return;
  }
  if (!drag) return;
  if (drag.pan) {
    const { pan, clientX, clientY } = drag;
    const unit = screenPx();
    look(pan.x - (event.clientX - clientX) * unit, pan.y - (event.clientY - clientY) * unit, pan.width);
    return;
  }
  drag.isMoved ||= screenDistance(place, drag.from) >= SAME_PX;
  if (!drag.isMoved) return;
  const [dx, dy] = [place[0] - drag.from[0], place[1] - drag.from[1]];
  const was = past.state[chosen.spot];
  const is = drag.corner === null ? moved(was, dx, dy, size) : withCornerMoved(was, drag.corner, dx, dy, size);
  drag.spots = past.state.map((spot, at) => (at === chosen.spot ? is : spot));
  show();
});

stage.addEventListener("pointerup", () => {
  if (!drag) return;
  if (drag.pan) {
    drag = null;
    return;
  }
  const { spots, isMoved } = drag;
  drag = null;
  if (isMoved) change(spots);
  else show();
});

stage.addEventListener("pointercancel", () => {
  drag = null;
  show();
});

stage.addEventListener("dblclick", () => {
  if (tool === "draw") closeDraft();
});

// --- keyboard

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function pressArrow([dx, dy], times) {
  if (tool === "draw") {
    const [x, y] = pen;
    pen = [Math.max(0, Math.min(x + dx * times, size.width)), Math.max(0, Math.min(y + dy * times, size.height))];
    show();
    see(pen);
  } else if (chosen && chosen.corner !== null) {
    changeChosen((spot) => withCornerMoved(spot, chosen.corner, dx * times, dy * times, size));
  } else if (chosen) {
    changeChosen((spot) => moved(spot, dx * times, dy * times, size));
  }
}

function step(by) {
  const count = past.state.length;
  if (count) chooseSeen(((chosen?.spot ?? (by > 0 ? -1 : 0)) + by + count) % count);
}

function stepCorner(by) {
  if (!chosen) return;
  const count = past.state[chosen.spot].polygon.length;
  choose(chosen.spot, ((chosen.corner ?? (by > 0 ? -1 : 0)) + by + count) % count);
}

const KEYS = {
  d: () => take("draw"),
  v: () => take("select"),
  Escape: () => (tool === "draw" ? take("select") : choose(null)),
  Enter: () => tool === "draw" && closeDraft(),
  " ": () => tool === "draw" && setCorner(pen),
  PageDown: () => step(1),
  PageUp: () => step(-1),
  c: () => stepCorner(1),
  C: () => stepCorner(-1),
  i: () => act("insert"),
  "+": () => act("closer"),
  "=": () => act("closer"),
  "-": () => act("farther"),
  Delete: () => act("remove"),
  Backspace: () => act("remove"),
};
const WITH_CONTROL = { c: "copy", v: "paste", z: "undo", y: "redo", Z: "redo" };

// The key by its Latin letter, whatever letters the keyboard writes and whether Caps Lock is on.
function keyOf({ key, code, shiftKey }) {
  const isOtherScript = key.codePointAt(0) > 0x24F;
  const letter = isOtherScript ? code.replace(/^Key/, "") : key;
  if (!/^[A-Za-z]$/.test(letter)) return key;
  return shiftKey ? letter.toUpperCase() : letter.toLowerCase();
}

stage.addEventListener("keydown", (event) => {
  if (!past || event.altKey) return;
  const withControl = event.ctrlKey || event.metaKey;
  const key = keyOf(event);
  if (withControl && WITH_CONTROL[key]) {
    act(WITH_CONTROL[key]);
  } else if (!withControl && ARROWS[key]) {
    pressArrow(ARROWS[key], event.shiftKey ? FAR : 1);
  } else if (!withControl && KEYS[key]) {
    KEYS[key]();
  } else {
    return;
  }
  event.preventDefault();
});

// --- buttons and leaving

for (const each of document.querySelectorAll("[data-tool]")) {
  each.addEventListener("click", () => {
    take(each.dataset.tool);
    stage.focus();
  });
}
for (const each of document.querySelectorAll("[data-do]")) {
  each.addEventListener("click", ({ detail }) => {
    act(each.dataset.do);
    if (detail || each.disabled) stage.focus(); // whoever goes through the buttons by keyboard stays there
  });
}
for (const each of document.querySelectorAll("[data-resolve]")) {
  each.addEventListener("click", () => resolve(each.dataset.resolve === "theirs"));
}
part("save").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!properties.reportValidity()) return;
  const broken = past.state.findIndex((spot) => isBroken(spot.polygon));
  if (broken < 0) {
    save(event.target.elements.comment.value);
    return;
  }
  take("select");
  chooseSeen(broken);
  tell(`${words("Failed")} ${words("HintBroken")}`);
});
window.addEventListener("beforeunload", (event) => {
  if (past && past.state !== savedState) event.preventDefault();
});
window.addEventListener("resize", show);
take("select");
load();
