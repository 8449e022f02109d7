// Keeps a page fresh: whenever the service tells of a change, and every few seconds, since a state may
// also grow too old to be told, it reads the page anew and takes over what is different.
"use strict";

const REREAD_MS = 5000;
const SETTLE_MS = 250;
const PICTURE_MS = 1000;
const PATIENCE_MS = 6000;

const main = document.querySelector("main");
const notices = { contact: document.getElementById("contact"), loginOver: document.getElementById("login_over") };
const site = main.dataset.site;
let pending = null;
let isOld = false;
let line = null;

// Makes `shown` like `wanted` with as little change as can be: focus, scrolling and what a reader has
// opened stay. Elements with data-still look after themselves.
function take(shown, wanted) {
  const isOther = shown.nodeType !== wanted.nodeType || shown.nodeName !== wanted.nodeName;
  if (isOther || isOfOtherCamera(shown, wanted)) {
    shown.replaceWith(document.importNode(wanted, true));
    return;
  }
  if (shown.nodeType !== Node.ELEMENT_NODE) {
    if (shown.nodeValue !== wanted.nodeValue) shown.nodeValue = wanted.nodeValue;
    return;
  }
  if ("still" in shown.dataset) return;
  takeAttributes(shown, wanted);
  const before = [...shown.childNodes];
  const after = [...wanted.childNodes];
  after.forEach((node, place) => {
    if (place < before.length) take(before[place], node);
    else shown.append(document.importNode(node, true));
  });
  before.slice(after.length).forEach((node) => node.remove());
}

// The address of a picture is not taken over: one of another camera comes in its place.
function isOfOtherCamera(shown, wanted) {
  return shown.nodeName === "IMG" && shown.dataset.camera !== wanted.dataset.camera;
}

function takeAttributes(shown, wanted) {
  const kept = "picture" in shown.dataset ? ["src"] : ["open"];
  for (const { name, value } of wanted.attributes) {
    if (!kept.includes(name) && shown.getAttribute(name) !== value) shown.setAttribute(name, value);
  }
  for (const { name } of [...shown.attributes]) {
    if (!kept.includes(name) && !wanted.hasAttribute(name)) shown.removeAttribute(name);
  }
}

// AbortSignal.timeout is newer than many a tablet.
function signalWithin(ms) {
  const patience = new AbortController();
  setTimeout(() => patience.abort(), ms);
  return patience.signal;
}

// One reading at a time: a service that is slow is not asked the more for it.
async function reread() {
  isOld = false;
  await takeAll();
  pending = null;
  if (isOld) rereadSoon();
}

async function takeAll() {
  try {
    const answer = await fetch(location.href, { signal: signalWithin(PATIENCE_MS) });
    if (answer.status === 401 || answer.status === 403) return showOld(notices.loginOver);
    if (!answer.ok) throw new Error(`the page answers ${answer.status}`);
    const wanted = new DOMParser().parseFromString(await answer.text(), "text/html");
    take(main, wanted.querySelector("main"));
    keepPicturesFresh();
    showNotice(null);
  } catch {
    line.close(); // broken without a word, perhaps
    showOld(notices.contact);
  }
}

function showNotice(shown) {
  for (const notice of Object.values(notices)) notice.hidden = notice !== shown;
}

// What stands here is old; the notice says why.
function showOld(notice) {
  showNotice(notice);
  document.querySelectorAll("[data-picture]").forEach((image) => image.classList.add("old"));
}

function rereadSoon() {
  isOld = true;
  if (pending === null) pending = setTimeout(reread, SETTLE_MS);
}

const keptFresh = new WeakSet();

function keepPicturesFresh() {
  for (const image of document.querySelectorAll("[data-picture]")) {
    if (!keptFresh.has(image)) keepPictureFresh(image);
  }
}

function keepPictureFresh(image) {
  keptFresh.add(image);
  const address = image.getAttribute("src");
  let waiting = null;
  const next = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      if (!image.isConnected) return;
      if (document.hidden) next();
      else image.src = `${address}&t=${Date.now()}`;
    }, PICTURE_MS);
  };
  image.addEventListener("load", next);
  image.addEventListener("error", next);
  next();
}

// Not an event stream: of these a browser opens six at a time, and no other request after them.
function listen() {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const query = site ? `?site=${encodeURIComponent(site)}` : "";
  line = new WebSocket(`${scheme}://${location.host}/api/v1/events${query}`);
  line.onmessage = (event) => {
    if (JSON.parse(event.data).type !== "heartbeat") rereadSoon();
  };
}

listen();
keepPicturesFresh();
setInterval(() => {
  if (line.readyState === WebSocket.CLOSED) listen();
  rereadSoon();
}, REREAD_MS);
notices.contact.hidden = true;
notices.contact.classList.remove("unless-followed");
