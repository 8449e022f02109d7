"""The sounds of the cabin display, rendered by the page's own code in a browser, and measured."""

import base64
import wave
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import sync_playwright

import service.pages
from vision.arrays import FloatArray

CODE = Path(service.pages.__file__).parent / "static" / "cabin_sound.js"
RATE_HZ, LENGTH_S, LOOK_MS = 24_000, 3.0, 50
SPEAKER_HZ = (500.0, 4000.0)  # what a small loudspeaker gives, and an ear hears best over noise
RENDER = """
async ([source, rate, length, look, said]) => {
  const { CabinSound } = await import(source);
  class Offline extends CabinSound { get isOn() { return true; } }
  const sound = new Offline();
  sound.context = new OfflineAudioContext(1, rate * length, rate);
  sound.level = "clear";
  for (let at = 0; at < length * 1000; at += look) {
    sound.context.suspend(at / 1000).then(() => {
      sound.play(said, at);
      sound.context.resume();
    });
  }
  const heard = await sound.context.startRendering();
  const whole = new Int16Array(heard.length);
  heard.getChannelData(0).forEach((each, at) => {
    whole[at] = 32767 * Math.max(-1, Math.min(1, each));
  });
  const bytes = new Uint8Array(whole.buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}
"""
SAID: dict[str, dict[str, Any]] = {
    "information": {"level": "information", "urgency": 0.2},
    "overspeed": {"level": "clear", "overspeed": "caution"},
    "unavailable": {"level": "unavailable"},
    "caution": {"level": "caution", "urgency": 0.35},
    "urgent caution": {"level": "caution", "urgency": 0.65},
    "escalated caution": {"level": "caution", "urgency": 0.65, "isEscalated": True},
    "alarm": {"level": "alarm", "urgency": 0.7},
    "escalated alarm": {"level": "alarm", "urgency": 0.7, "isEscalated": True},
    "urgent alarm": {"level": "alarm", "urgency": 1.0},
    "acknowledged alarm": {"level": "alarm", "urgency": 1.0, "isAcknowledged": True},
    "acknowledged caution": {"level": "caution", "urgency": 0.65, "isAcknowledged": True},
}
Heard = dict[str, FloatArray]


@cache
def rendered() -> Heard:
    source = "data:text/javascript;base64," + base64.b64encode(CODE.read_bytes()).decode()
    heard: Heard = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page()
        for name, said in SAID.items():
            text = page.evaluate(RENDER, [source, RATE_HZ, LENGTH_S, LOOK_MS, said])
            heard[name] = np.frombuffer(base64.b64decode(text), "<i2") / 32767
        browser.close()
    return heard


def energy(name: str) -> float:
    return float((rendered()[name] ** 2).sum())


def spectrum(name: str) -> tuple[FloatArray, FloatArray]:
    """Frequencies in Hz, and the power at each."""
    sound = rendered()[name]
    return np.fft.rfftfreq(len(sound), 1 / RATE_HZ), np.abs(np.fft.rfft(sound)) ** 2


def bursts(name: str) -> int:
    """Tones, or groups of tones without a pause of 20 ms."""
    loud = np.abs(rendered()[name]) > 0.01
    window = RATE_HZ // 50
    is_on = np.convolve(loud, np.ones(window), "same") > 0
    return int((np.diff(is_on.astype(int)) == 1).sum() + is_on[0])


def save(folder: Path) -> None:
    """All of them as WAV files, for an ear."""
    for name, sound in rendered().items():
        with wave.open(str(folder / f"{name.replace(' ', '_')}.wav"), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes((sound.clip(-1, 1) * 32767).astype("<i2").tobytes())


def test_louder_and_more_often_the_more_urgent():
    order = ["acknowledged caution", "information", "caution", "urgent caution", "alarm"]
    energies = [energy(name) for name in (*order, "urgent alarm")]
    assert energies[0] == 0, "a caution that was acknowledged is silent"
    assert all(after > 1.5 * before for before, after in pairwise(energies))
    assert bursts("caution") < bursts("urgent caution") < bursts("alarm") < bursts("urgent alarm")
    assert 0 < energy("acknowledged alarm") < energy("urgent alarm") / 5


def test_warning_that_nobody_answers_grows_louder_and_a_caution_still_is_no_alarm():
    assert 1.5 * energy("urgent caution") < energy("escalated caution") < energy("alarm") / 1.5
    assert bursts("urgent caution") < bursts("escalated caution") < bursts("alarm")
    assert energy("alarm") < energy("escalated alarm")


@pytest.mark.parametrize("name", [name for name in SAID if name != "acknowledged caution"])
def test_small_loudspeaker_gives_it(name):
    hertz, power = spectrum(name)
    is_heard = (hertz >= SPEAKER_HZ[0]) & (hertz <= SPEAKER_HZ[1])
    assert power[is_heard].sum() > 0.85 * power.sum()
    assert np.abs(rendered()[name]).max() <= 0.75, "no clipping"


def test_alarm_is_not_taken_for_a_caution():
    def pitch_hz(name: str) -> float:
        hertz, power = spectrum(name)
        return float(hertz[power.argmax()])

    assert pitch_hz("alarm") > 1.25 * pitch_hz("urgent caution")
    assert bursts("alarm") > 2 * bursts("urgent caution")
    assert energy("alarm") > 3 * energy("urgent caution")
