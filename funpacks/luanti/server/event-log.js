'use strict';
const fs = require('node:fs');

/** Control characters, which a console line must not hold. Tabs are kept. */
const control = /[\u0000-\u0008\u000a-\u001f\u007f]/g;

/**
 * Writes lines to stdout. (Each funpack stands alone, so some have a file like this.) A full disk costs lines, which an
 * event counts once there is room again, but never the game.
 */
class EventLog {
  #lost = 0;
  #torn = '';

  emit(event, fields = {}) {
    this.line(JSON.stringify({ ts: new Date().toISOString(), event, ...fields }));
  }

  line(text) {
    if (this.#write(`${text.replace(control, ' ')}\n`) && this.#lost > 0) {
      const lost = this.#lost;
      this.#lost = 0;
      this.emit('warning', { kind: 'lines_lost', message: `${lost} console lines could not be written`, lost });
    }
  }

  /** Completes the line that was written by half last time, or else two lines would become one. */
  #write(text) {
    const bytes = Buffer.from(this.#torn + text);
    try {
      const written = fs.writeSync(1, bytes);
      this.#torn = written < bytes.length ? bytes.subarray(written).toString() : '';
      return true;
    } catch {
      this.#lost += 1; // most likely ENOSPC, and there is no other place to say it
      return false;
    }
  }
}

module.exports = { EventLog };
