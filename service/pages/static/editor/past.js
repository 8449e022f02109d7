// The states that a drawing went through, for undoing and redoing.

const LONGEST = 200;

export class Past {
  constructor(state) {
    this.states = [state];
    this.at = 0;
  }

  get state() {
    return this.states[this.at];
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  add(state) {
    this.states = [...this.states.slice(0, this.at + 1), state].slice(-LONGEST);
    this.at = this.states.length - 1;
  }

  undo() {
    if (this.canUndo) this.at -= 1;
  }

  redo() {
    if (this.canRedo) this.at += 1;
  }
}
