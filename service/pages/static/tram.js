// The display of one tram. It shows a state only while the service speaks to it: after SILENCE_MS
// without a word it goes to unavailable by itself.
"use strict";

const SILENCE_MS = 750;
const LOOK_MS = 100;
const PICTURE_MS = 120;
const LEVELS = {
  clear: "Clear",
  information: "Information",
  caution: "Caution",
  alarm: "Alarm",
  unavailable: "Assistance unavailable",
};
const KINDS = {
  person: "Person",
  two_wheeler: "Two-wheeler",
  vehicle: "Vehicle",
  rail_vehicle: "Rail vehicle",
  animal: "Animal",
};

const display = document.getElementById("tram");
const level = document.getElementById("level");
const distance = document.getElementById("distance");
const what = document.getElementById("what");
const picture = document.getElementById("picture");
const query = `site=${encodeURIComponent(display.dataset.site)}`;
const camera = encodeURIComponent(display.dataset.camera);
let heardAt = -Infinity;

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function show(name, metres, words) {
  if (display.className !== name) display.className = name;
  setText(level, LEVELS[name]);
  setText(distance, metres);
  setText(what, words);
}

function showAlert(alert) {
  if (!(alert.level in LEVELS) || alert.level === "unavailable") {
    show("unavailable", "", (alert.reason || "unknown reason").replaceAll("_", " "));
    return;
  }
  const nearest = alert.nearest;
  if (!nearest || alert.level === "clear") {
    show(alert.level, "", "Nothing in the way");
    return;
  }
  const words = [KINDS[nearest.kind] || nearest.kind];
  if (nearest.in_envelope) words.push("in the way");
  else if (nearest.enters_envelope_in_s !== null) words.push("may enter the way");
  else words.push("beside the track");
  if (nearest.time_to_collision_s !== null) {
    words.push(`${nearest.time_to_collision_s.toFixed(1)} s`);
  }
  show(alert.level, `${Math.round(nearest.distance_m)} m`, words.join(" · "));
}

function watchSilence() {
  if (performance.now() - heardAt > SILENCE_MS) {
    show("unavailable", "", "No contact with the service");
  }
}

function listen() {
  const stream = new EventSource(`/api/v1/alerts/${camera}/live?${query}`);
  stream.addEventListener("alert", (message) => {
    heardAt = performance.now();
    showAlert(JSON.parse(message.data));
  });
  stream.addEventListener("error", () => {
    // The browser tries again by itself, except after a refusal.
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 1000);
  });
}

function nextPicture(delay) {
  setTimeout(() => {
    picture.src = `/api/v1/cameras/${camera}/picture.jpg?${query}&t=${Date.now()}`;
  }, delay);
}

picture.addEventListener("load", () => nextPicture(PICTURE_MS));
picture.addEventListener("error", () => nextPicture(1000));
setInterval(watchSilence, LOOK_MS);
listen();
nextPicture(0);
