// The driver's display. It believes the service only while the watchdog does: otherwise it shows
// that the assistance is unavailable, by itself, within half a second.

import { CabinSound } from "./cabin_sound.js";
import { LOOK_MS, PING_MS, Watchdog } from "./cabin_watchdog.js";

const REPORT_MS = 1000;
const REOPEN_MS = 300;
const CONNECT_MS = 3000;
const ASK_MS = 2000; // between two questions why the line is not taken
const RECENT_MS = 60000; // an alert may be called false so long after it has gone
const LOG_KEPT = 200;
const SPEED_OLD_MS = 1200; // a satellite receiver speaks once a second; what is older says so
const SPEED_VOID_MS = 2000; // older than the service lets any speed count: no figure at all
const STEADY_MS = 600; // what was unavailable flickers back to no quiet state before this; alarms may

const words = {};
for (const word of document.getElementById("words").content.querySelectorAll("[data-key]")) {
  words[word.dataset.key] = word.textContent;
}
const node = (id) => document.getElementById(id);
const display = node("cabin");
const meter = document.querySelector(".urgency");
const segments = [...meter.children];
const watchdog = new Watchdog(performance.now(), Date.now());
const sound = new CabinSound();
const locale = document.documentElement.lang === "ar" ? "ar-MA" : document.documentElement.lang;
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const log = []; // what was shown and why, for tests and engineers
window.cabinDisplay = { log, watchdog, sound };

let socket = null;
let openAt = 0;
let pingAt = 0;
let reportAt = 0;
let askedAt = -Infinity;
let isLoginOver = false; // by the last answer, while no message comes
let observed = null; // when the last picture was taken
let isNewPicture = false;
let lost = null; // the last unavailable state and when it stood last
let shown = "";
let recent = null; // the last alert: its number and when it stood last
let noted = null; // the alert that was called false

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function setHidden(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

// A number and its unit never part.
function unbroken(phrase, number) {
  return phrase.replace("{n}", number).replace(/ /g, "\u00a0");
}

function whatOf(nearest) {
  let where = words.beside;
  if (nearest.in_envelope) where = words.in_the_way;
  else if (nearest.enters_envelope_in_s !== null) where = words.may_enter;
  const seconds = nearest.time_to_collision_s;
  if (seconds === null || seconds > 20) return where;
  return `${where} · ${unbroken(words.seconds, tenths.format(seconds))}`;
}

// Everything the glass shows, from the last message and the watchdog's word on it.
function stateOf(fault) {
  const message = watchdog.message;
  if (message && message.is_silent) return { level: "silent", title: words.silent, what: words.silent_what, why: "silent" };
  if (fault) {
    const why = isLoginOver ? "login_over" : fault;
    return { level: "unavailable", title: words["level.unavailable"], what: words[why], why };
  }
  const run = message.run;
  if (!(`level.${message.level}` in words) || message.level === "unavailable") {
    const reason = message.reason || "no_picture";
    const what = words[`reason.${reason}`] || reason.replace(/_/g, " ");
    return { level: "unavailable", title: words["level.unavailable"], what, why: reason, run };
  }
  const nearest = message.level === "clear" ? null : message.nearest;
  return {
    level: message.level,
    title: words[`level.${message.level}`],
    what: nearest ? whatOf(nearest) : words.nothing,
    why: null,
    nearest,
    run,
    urgency: message.urgency,
    overspeed: message.overspeed,
    alertId: message.alert_id,
    isAcknowledged: message.is_acknowledged,
    isEscalated: message.is_escalated,
  };
}

// A display that flickers is not believed: a quiet state must be sure for a moment.
function steady(state, now) {
  if (state.level === "unavailable") {
    lost = { state, at: now };
    return state;
  }
  const isQuiet = state.level === "clear" || state.level === "information";
  return isQuiet && lost && now - lost.at < STEADY_MS ? { ...lost.state, run: state.run } : state;
}

function show(state, now) {
  const kind = state.nearest ? state.nearest.kind : "none";
  const look = [state.level, `kind-${kind in kinds ? kind : state.nearest ? "object" : "none"}`];
  if (state.isAcknowledged) look.push("acknowledged");
  if (state.isEscalated) look.push("escalated");
  if (state.overspeed && state.overspeed !== "none") look.push(`overspeed-${state.overspeed}`);
  const name = look.join(" ");
  if (display.className !== name) display.className = name;
  setText(node("level"), state.title);
  setText(node("what"), state.what);
  setHidden(node("login"), state.why !== "login_over");
  setText(node("distance"), state.nearest ? unbroken(words.metres, Math.round(state.nearest.distance_m)) : "");
  setText(node("kind"), state.nearest ? words[`kind.${kind}`] || words["kind.object"] : "");
  showUrgency(state.urgency || 0);
  showRun(state.run, state.overspeed, now);
  showKeys(state, now);
  if (name.split(" ")[0] + state.why !== shown) {
    shown = name.split(" ")[0] + state.why;
    log.push({ at: now, wall: Date.now(), level: state.level, why: state.why, silentFor: watchdog.silentFor(now), age: watchdog.ageOf(now), late: watchdog.late });
    if (log.length > LOG_KEPT) log.shift();
    reportAt = 0;
  }
}

const kinds = { person: 1, two_wheeler: 1, vehicle: 1, rail_vehicle: 1, animal: 1, object: 1 };

function showUrgency(share) {
  const lit = Math.ceil(share * segments.length - 1e-6);
  segments.forEach((segment, index) => segment.classList.toggle("lit", index < lit));
  meter.setAttribute("aria-valuenow", String(Math.round(share * 100)));
}

function showRun(told, overspeed, now) {
  const age = told ? watchdog.speedAgeOf(told, now) : 0;
  const run = age <= SPEED_VOID_MS ? told : null;
  const isOld = Boolean(run) && age > SPEED_OLD_MS;
  setText(node("speed"), run ? String(Math.round(run.speed_mps * 3.6)) : "–");
  node("speed").classList.toggle("old", isOld);
  setHidden(node("speed_age"), !isOld);
  if (isOld) setText(node("speed_age"), unbroken(words.speed_age, tenths.format(age / 1000)));
  setHidden(node("estimated"), !(run && run.is_estimated));
  const soon = run && overspeed === "hint" && run.next_limit_mps !== null;
  const limit = run ? (soon ? run.next_limit_mps : run.limit_mps) : null;
  setHidden(node("limit"), limit === null);
  if (limit !== null) setText(node("limit").querySelector("b"), String(Math.round(limit * 3.6)));
  const isSaid = Boolean(run && overspeed && overspeed !== "none");
  setHidden(node("overspeed"), !isSaid);
  if (!isSaid) return;
  if (soon) {
    const metres = String(Math.max(10, Math.round(run.next_limit_in_m / 10) * 10));
    setText(node("overspeed"), words.limit_soon.replace("{n} ", `${metres}\u00a0`));
  } else setText(node("overspeed"), words.slow_down);
}

function showKeys(state, now) {
  if (state.alertId !== undefined && state.alertId !== null) recent = { id: state.alertId, at: now };
  if (recent && now - recent.at > RECENT_MS) recent = null;
  node("seen").disabled = !(state.alertId && !state.isAcknowledged && state.level !== "information");
  const isNoted = recent !== null && noted === recent.id;
  node("false_alarm").disabled = recent === null || isNoted || state.level === "silent";
  node("false_alarm").classList.toggle("noted", isNoted);
}

// Whether there is a line to say it on.
function tell(what) {
  const isOpen = socket && socket.readyState === WebSocket.OPEN;
  if (isOpen) socket.send(JSON.stringify(what));
  return isOpen;
}

function acknowledge() {
  const message = watchdog.message;
  if (message && message.alert_id !== null) tell({ type: "acknowledge", alert_id: message.alert_id });
}

function callFalse() {
  if (recent && tell({ type: "false_alarm", alert_id: recent.id })) noted = recent.id;
}

// How old the state is when it stands on the glass, told to the service.
function report(state) {
  const message = watchdog.message;
  requestAnimationFrame(() => {
    const age = watchdog.ageOf(performance.now());
    if (watchdog.message !== message || !Number.isFinite(age) || age === null) return;
    tell({ type: "shown", level: state.level, age_ms: Math.round(age * 10) / 10 });
  });
}

function look() {
  const now = performance.now();
  if (watchdog.look(now, Date.now()) && !document.hidden) open(now);
  const isOpen = socket && socket.readyState === WebSocket.OPEN;
  if (!isOpen && now - openAt > (socket && socket.readyState === WebSocket.CONNECTING ? CONNECT_MS : REOPEN_MS)) open(now);
  if (isOpen && now >= pingAt) {
    pingAt = now + PING_MS;
    tell({ type: "ping", page_ms: now });
  }
  const fault = watchdog.fault(now);
  const state = steady(stateOf(fault), now);
  show(state, now);
  sound.play(state, now);
  showSound();
  if (!fault && isNewPicture && now >= reportAt && state.level !== "unavailable") {
    reportAt = now + REPORT_MS;
    report(state);
  }
}

function showSound() {
  node("sound").classList.toggle("off", !sound.isOn);
  setText(node("sound_word"), sound.isOn ? words.sound_on : words.sound_off);
}

function open(now) {
  if (socket) {
    socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }
  openAt = now;
  pingAt = 0;
  watchdog.reset(now);
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const camera = encodeURIComponent(display.dataset.camera);
  const query = new URLSearchParams({ site: display.dataset.site });
  const key = new URLSearchParams(location.search).get("key");
  if (key) query.set("key", key);
  const mine = new WebSocket(`${scheme}://${location.host}/api/v1/alerts/${camera}/live?${query}`);
  socket = mine;
  mine.onopen = look;
  mine.onclose = askWhy;
  mine.onmessage = (event) => {
    if (socket !== mine) return;
    const arrived = performance.now();
    let message = null;
    try {
      message = JSON.parse(event.data);
    } catch {
      return;
    }
    if (!watchdog.heard(message, arrived)) return;
    isLoginOver = false;
    isNewPicture = message.observed_at !== observed;
    observed = message.observed_at;
    look();
    isNewPicture = false;
  };
}

// AbortSignal.timeout is newer than many a tablet.
function signalWithin(ms) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), ms);
  return patience.signal;
}

// A line that is refused looks like one that breaks: only the page's own address tells which it was.
async function askWhy() {
  const now = performance.now();
  if (now - askedAt < ASK_MS) return;
  askedAt = now;
  try {
    const answer = await fetch(location.href, { signal: signalWithin(CONNECT_MS) });
    isLoginOver = answer.status === 401 || answer.status === 403;
  } catch {
    isLoginOver = false;
  }
}

async function touch() {
  await sound.unlock();
  showSound();
}

// A tablet lets go of it whenever the page is hidden.
function keepAwake() {
  if (navigator.wakeLock && document.visibilityState === "visible") {
    navigator.wakeLock.request("screen").catch(() => {}); // refused on low battery: nothing to do
  }
}

const LIGHTS = ["auto", "day", "night"];
function setLight(light) {
  document.documentElement.dataset.light = light;
  try {
    localStorage.setItem("cabin.light", light);
  } catch {
    // a tablet without storage begins by itself each time
  }
}

try {
  const kept = localStorage.getItem("cabin.light");
  if (LIGHTS.includes(kept)) setLight(kept);
} catch {
  setLight("auto");
}
node("light").addEventListener("click", () => {
  const isNight = getComputedStyle(display).getPropertyValue("--is-night").trim() === "1";
  setLight(isNight ? "day" : "night");
});
node("seen").addEventListener("click", acknowledge);
node("false_alarm").addEventListener("click", callFalse);
document.addEventListener("pointerdown", touch);
document.addEventListener("keydown", (event) => {
  if (event.repeat || event.ctrlKey || event.altKey || event.metaKey || event.target.id === "login") return;
  touch();
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    acknowledge();
  } else if (event.key === "Backspace" || event.key.toLowerCase() === "x") {
    event.preventDefault();
    callFalse();
  }
});
document.addEventListener("visibilitychange", look);
document.addEventListener("visibilitychange", keepAwake);
setInterval(look, LOOK_MS);
open(performance.now());
look();
keepAwake();
