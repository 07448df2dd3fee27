'use strict';
const fs = require('node:fs');

/**
 * How much may wait in memory while stdout takes nothing (a full disk or pipe), bytes. Beyond it the oldest lines go.
 */
const mostWaitingBytes = 1 << 20;
/** Between two attempts, milliseconds. */
const retryMs = 500;

/**
 * The game's console: one JSON event per line on stdout. stdout is usually a file, and a full disk must not end the
 * game. Lines that cannot be written wait. Lines for which there is no room are counted, and a later event says how
 * many were lost.
 */
class EventLog {
  #fd;
  #waiting = [];
  #waitingBytes = 0;
  #lost = 0;
  #timer;
  #hasTorn = false;

  constructor(fd = 1) {
    this.#fd = fd;
  }

  emit(event, fields = {}) {
    this.raw(`${JSON.stringify({ ts: new Date().toISOString(), event, ...fields })}\n`);
  }

  /** Writes text as it is. */
  raw(text) {
    const bytes = Buffer.from(text);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (!this.#timer) this.flush();
    this.#forgetOldest();
  }

  /** Writes what waits. Answers true when nothing waits any more. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    try {
      while (this.#waiting.length > 0) this.#writeFirst();
      if (this.#lost > 0) this.#tellLost();
    } catch (failure) {
      if (failure.code === 'EPIPE') this.#waiting = [];
      else this.#timer = setTimeout(() => this.flush(), retryMs).unref();
    }
    return this.#waiting.length === 0;
  }

  #writeFirst() {
    const [first] = this.#waiting;
    const written = fs.writeSync(this.#fd, first);
    this.#waitingBytes -= written;
    this.#hasTorn = written < first.length;
    if (this.#hasTorn) this.#waiting[0] = first.subarray(written);
    else this.#waiting.shift();
  }

  /** Half of the first line may be on the disk already. It stays, or the next line would be glued to that half. */
  #forgetOldest() {
    const oldest = this.#hasTorn ? 1 : 0;
    while (this.#waitingBytes > mostWaitingBytes && this.#waiting.length > oldest + 1) {
      const [gone] = this.#waiting.splice(oldest, 1);
      this.#waitingBytes -= gone.length;
      this.#lost += 1;
    }
  }

  #tellLost() {
    const lost = this.#lost;
    this.#lost = 0;
    this.emit('warning', { kind: 'lines_lost', msg: `${lost} console lines could not be written`, lost });
  }
}

module.exports = { EventLog };
