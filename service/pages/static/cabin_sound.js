// Sounds that rise with urgency. Browsers keep silent until somebody has touched the page.
// Every tone lies above 500 Hz: a tablet's loudspeaker gives nothing of what is lower.

export class CabinSound {
  constructor() {
    this.context = null;
    this.nextAt = 0;
    this.level = null;
  }

  get isOn() {
    return this.context !== null && this.context.state === "running";
  }

  // Called from a touch or a key.
  async unlock() {
    if (!this.context) this.context = new (window.AudioContext || window.webkitAudioContext)();
    if (this.context.state !== "running") await this.context.resume();
  }

  // What should be heard now; called many times a second.
  play({ level, urgency = 0, isAcknowledged, isEscalated, overspeed }, now) {
    if (level !== this.level) {
      this.nextAt = 0;
      if (level === "unavailable" && this.level !== null && this.level !== "silent") this.tones([[880, 0.12], [587, 0.24]], 0.3);
      if (level === "information") this.tones([[660, 0.06]], 0.12);
      this.level = level;
    }
    if (now < this.nextAt) return;
    if (level === "alarm") {
      const loud = isEscalated ? 1 : isAcknowledged ? 0.25 : 0.6 + 0.4 * urgency;
      this.tones([[780 + 420 * urgency, 0.09], [0, 0.03], [780 + 420 * urgency, 0.09]], loud);
      this.nextAt = now + (isAcknowledged ? 1200 : 620 - 380 * urgency);
    } else if (level === "caution" && !isAcknowledged) {
      // nobody has answered for seconds: louder and twice as often, yet never an alarm's sound
      this.tones([[620, 0.12], [780, 0.16]], isEscalated ? 0.45 : 0.25 + 0.25 * urgency);
      this.nextAt = now + (2200 - 1200 * urgency) / (isEscalated ? 2 : 1);
    } else if (overspeed === "caution" && level !== "unavailable") {
      this.tones([[540, 0.1], [0, 0.1], [540, 0.1]], 0.3);
      this.nextAt = now + 3000;
    }
  }

  tones(parts, loudness) {
    if (!this.isOn) return;
    let at = this.context.currentTime;
    for (const [hertz, seconds] of parts) {
      if (hertz) {
        const source = this.context.createOscillator();
        const gain = this.context.createGain();
        source.type = "square";
        source.frequency.value = hertz;
        gain.gain.setValueAtTime(0, at);
        gain.gain.linearRampToValueAtTime(loudness * 0.5, at + 0.008);
        gain.gain.setValueAtTime(loudness * 0.5, at + seconds - 0.015);
        gain.gain.linearRampToValueAtTime(0, at + seconds);
        source.connect(gain).connect(this.context.destination);
        source.start(at);
        source.stop(at + seconds);
      }
      at += seconds;
    }
  }
}
