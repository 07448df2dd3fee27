'use strict';
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');

const folder = 'world/pinky';
const ordersPath = `${folder}/orders`;

/** Between two looks whether the mod has taken the last orders, while more are waiting. Milliseconds. */
const lookEveryMs = 50;

/** A log line is `2026-11-21 02:54:48: ACTION[Server]: …`. */
const actionPattern = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d: ACTION\[\w+\]: (?<text>.*)$/;

/** Our end of the channel to the mod (mod/pinky/init.lua): orders in a file, events in the log. */
class Channel {
  #token = randomBytes(12).toString('hex');
  #waiting = [];
  #timer;

  /** Empties the channel first: orders of the last run, or from a backup, would be run again. */
  constructor() {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(`${folder}/token`, `${this.#token}\n`);
  }

  /** The event in a line of the server's log. Undefined where there is none. */
  read(line) {
    const text = actionPattern.exec(line)?.groups.text;
    const mark = `pinky:${this.#token} `;
    return text?.startsWith(mark) ? JSON.parse(text.slice(mark.length)) : undefined;
  }

  send(order) {
    this.#waiting.push(order);
    if (!this.#timer) this.#deliver();
  }

  /** Writes a file beside and links it: the mod sees it whole, and a file that it has not taken yet stays. */
  #deliver() {
    this.#timer = undefined;
    const fresh = `${ordersPath}.new`;
    try {
      fs.writeFileSync(fresh, this.#waiting.map((order) => `${JSON.stringify(order)}\n`).join(''));
      fs.linkSync(fresh, ordersPath);
      this.#waiting = [];
    } catch {
      // EEXIST: the last orders are not taken yet. ENOSPC: there may be room later. In both cases it tries again.
      this.#timer = setTimeout(() => this.#deliver(), lookEveryMs);
    } finally {
      fs.rmSync(fresh, { force: true });
    }
  }
}

module.exports = { Channel };
