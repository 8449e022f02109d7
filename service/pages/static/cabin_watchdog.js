// Decides, by the page's own clocks alone, whether what the display shows can still be trusted.
// It knows no page and no socket: times come in as numbers of milliseconds.

const SILENCE_MS = 440; // without a message; with LOOK_MS on top it stays below half a second
const AGE_MS = 500; // of the picture behind what is shown, on the glass
export const LOOK_MS = 30; // how often the watchdog looks
const NAP_MS = 400; // a look that comes this late: the page was asleep or starved
const JUMP_MS = 250; // by which the wall clock and the clock nobody sets may part between two looks
const PINGS_KEPT = 8;
export const PING_MS = 500;

export class Watchdog {
  constructor(now, wall) {
    this.reset(now);
    this.lookedAt = now;
    this.late = 0; // between the last two looks
    this.wallAhead = wall - now;
    this.distrust = null; // why nothing is believed until a new line has proved itself
  }

  // A new line to the service: nothing is known of it.
  reset(now) {
    this.heardAt = -Infinity;
    this.openedAt = now;
    this.sequence = 0;
    this.bounds = []; // least that the page's clock can be ahead of the service's, per ping
    this.agedBy = Infinity;
    this.message = null;
  }

  // The service has answered a ping; the way there took some time, so this is the least.
  heardPong(pong) {
    this.bounds.push(pong.page_ms - pong.service_ms);
    if (this.bounds.length > PINGS_KEPT) this.bounds.shift();
  }

  // A message has come. Whether it counts: one that repeats an old number does not.
  heard(message, now) {
    if (!Number.isFinite(message.sequence) || message.sequence <= this.sequence) return false;
    this.sequence = message.sequence;
    if (message.pong) this.heardPong(message.pong);
    this.message = message;
    this.heardAt = now;
    this.agedBy = this.delayOf(message, now);
    if (this.agedBy < AGE_MS) this.distrust = null;
    return true;
  }

  // The most that the message can have been under way; endless before the first pong.
  delayOf(message, now) {
    if (!this.bounds.length) return Infinity;
    return Math.max(now - message.service_ms - Math.max(...this.bounds), 0);
  }

  // The most that the picture behind the last message can be old; null when there is none.
  ageOf(now) {
    if (!this.message) return Infinity;
    const picture = this.message.picture_age_s;
    if (picture === null) return null;
    return picture * 1000 + this.agedBy + (now - this.heardAt);
  }

  // The most that the speed of a run can be old: what the picture is, and what it was by then.
  speedAgeOf(run, now) {
    const age = this.ageOf(now);
    return age === null ? Infinity : run.speed_age_s * 1000 + age;
  }

  silentFor(now) {
    return now - Math.max(this.heardAt, this.openedAt);
  }

  // Whether the clocks are still what they were; true when the line must be opened anew.
  look(now, wall) {
    this.late = now - this.lookedAt;
    const jump = Math.abs(wall - now - this.wallAhead);
    this.lookedAt = now;
    this.wallAhead = wall - now;
    if (jump > JUMP_MS) {
      this.distrust = "clock_jumped";
      return true;
    }
    if (this.late > NAP_MS) {
      this.distrust = "asleep";
      return true;
    }
    return false;
  }

  // Why the display must not be believed, or null.
  fault(now) {
    if (this.distrust) return this.distrust;
    if (!this.message) return this.silentFor(now) > SILENCE_MS ? "no_contact" : "waiting";
    if (now - this.heardAt > SILENCE_MS) return "no_contact";
    if (!this.bounds.length) return "waiting";
    if (this.agedBy > AGE_MS) return "delayed";
    const age = this.ageOf(now);
    if (age !== null && age > AGE_MS && this.message.level !== "unavailable") return "delayed";
    return null;
  }
}
