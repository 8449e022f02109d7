// Keeps the counts and states of the index fresh.
"use strict";

const LEVELS = {
  clear: "Clear",
  information: "Information",
  caution: "Caution",
  alarm: "Alarm",
  unavailable: "Assistance unavailable",
};

async function read(what) {
  const answer = await fetch(`/api/v1/${what}`, { signal: AbortSignal.timeout(4000) });
  return answer.json();
}

function entry(kind, site, id) {
  return document.querySelector(`[data-${kind}="${CSS.escape(`${site}/${id}`)}"]`);
}

async function reread() {
  try {
    const [lots, alerts, cameras] = await Promise.all(["lots", "alerts", "cameras"].map(read));
    for (const lot of lots) entry("lot", lot.site_id, lot.lot_id).textContent = lot.text;
    for (const alert of alerts) {
      entry("alert", alert.site_id, alert.camera_id).textContent = LEVELS[alert.level];
    }
    for (const camera of cameras) {
      const chip = entry("camera", camera.site_id, camera.camera_id);
      chip.className = `chip ${camera.status}`;
      chip.textContent = `${camera.name}: ${camera.status}`;
    }
  } catch {
    document.querySelectorAll(".entry strong").forEach((node) => { node.textContent = "no contact"; });
  }
}

setInterval(reread, 2000);
reread();
