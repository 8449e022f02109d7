// Keeps the parking page fresh: reads the states anew whenever the service tells of a change, and
// every few seconds, since a state may also grow too old to be told.
"use strict";

const SIGNS = { free: "○", occupied: "■", unknown: "?", closed: "✕" };
const REREAD_MS = 5000;
const SETTLE_MS = 150;
const PICTURE_MS = 1000;

const page = document.getElementById("parking");
const contact = document.getElementById("contact");
const query = `site=${encodeURIComponent(page.dataset.site)}`;
let pending = null;

const part = (node, name) => node.querySelector(`[data-part="${name}"]`);
const words = (reason) => (reason || "").replaceAll("_", " ");
const named = (kind, id) => page.querySelectorAll(`[data-${kind}="${CSS.escape(id)}"]`);

function showLot(lot) {
  for (const card of named("lot", lot.lot_id)) {
    for (const name of ["text", "total", "free_min", "occupied", "unknown", "closed"]) {
      part(card, name).textContent = lot[name];
    }
    part(card, "reason").textContent = lot.reason ? ` (${words(lot.reason)})` : "";
    part(card, "bar-free").style.flexGrow = lot.free_min;
    for (const name of ["unknown", "occupied", "closed"]) {
      part(card, `bar-${name}`).style.flexGrow = lot[name];
    }
  }
}

function since(moment) {
  if (!moment) return "–";
  const seconds = Math.max(0, (Date.now() - Date.parse(moment)) / 1000);
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

function element(name, className, text) {
  const node = document.createElement(name);
  node.className = className;
  node.textContent = text;
  return node;
}

function showSpotRow(row, spot) {
  const state = part(row, "state");
  state.className = `state ${spot.status}`;
  state.replaceChildren(element("span", "sign", SIGNS[spot.status]), ` ${spot.status} `);
  if (spot.reason) state.append(element("small", "", words(spot.reason)));
  const time = part(row, "since");
  time.dateTime = spot.changed_at || "";
  time.title = spot.changed_at || "";
  time.textContent = since(spot.changed_at);
  const isSure = spot.status === "free" || spot.status === "occupied";
  part(row, "confidence").textContent = isSure ? `${Math.round(100 * spot.confidence)} %` : "–";
}

function showSpot(spot) {
  for (const node of named("spot", spot.spot_id)) {
    if (node.tagName.toLowerCase() === "tr") {
      showSpotRow(node, spot);
    } else {
      node.setAttribute("class", `spot ${spot.status}`);
      node.querySelector("title").textContent = `${spot.spot_id}: ${spot.status}`;
      node.querySelector(".mark").textContent = SIGNS[spot.status];
    }
  }
}

function showCamera(camera) {
  for (const card of named("camera", camera.camera_id)) {
    const chip = part(card, "status");
    chip.className = `chip ${camera.status}`;
    chip.textContent = camera.reason ? `${camera.status}: ${words(camera.reason)}` : camera.status;
    part(card, "picture").classList.toggle("old", !["live", "impaired"].includes(camera.status));
  }
}

async function read(what) {
  const answer = await fetch(`/api/v1/${what}?${query}`, { signal: AbortSignal.timeout(4000) });
  if (!answer.ok) throw new Error(`${what}: ${answer.status}`);
  return answer.json();
}

async function reread() {
  pending = null;
  try {
    const [lots, spots, cameras] = await Promise.all(["lots", "spots", "cameras"].map(read));
    lots.forEach(showLot);
    spots.forEach(showSpot);
    cameras.forEach(showCamera);
    contact.hidden = true;
  } catch {
    contact.hidden = false;
    page.querySelectorAll(".picture").forEach((image) => image.classList.add("old"));
  }
}

function rereadSoon() {
  pending ??= setTimeout(reread, SETTLE_MS);
}

function keepPictureFresh(image) {
  const address = image.getAttribute("src");
  const next = () => setTimeout(() => { image.src = `${address}&t=${Date.now()}`; }, PICTURE_MS);
  image.addEventListener("load", next);
  image.addEventListener("error", next);
  next();
}

const events = new EventSource(`/api/v1/events?${query}`);
for (const type of ["spot.changed", "lot.changed", "camera.changed", "gap"]) {
  events.addEventListener(type, rereadSoon);
}
page.querySelectorAll(".picture").forEach(keepPictureFresh);
setInterval(rereadSoon, REREAD_MS);
reread();
