import { closeSync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { until } from './time.mjs';

/** Reads the file to which every game of one shape appends its stamps (game/game.c), as it grows. */
export class Stamps {
  #position = 0;
  #rest = '';
  /** Every start, oldest first, and each game's latest: `{ at, pid, id }`, `at` in nanoseconds. */
  starts = [];
  latest = new Map();
  /** The lines that games read from stdin, by their text. */
  lines = new Map();
  chats = [];
  exits = new Map();

  constructor(file) {
    this.file = file;
    writeFileSync(file, '');
  }

  read() {
    const fd = openSync(this.file, 'r');
    try {
      const fresh = Buffer.alloc(fstatSync(fd).size - this.#position);
      this.#position += readSync(fd, fresh, 0, fresh.length, this.#position);
      const lines = (this.#rest + fresh.toString('latin1')).split('\n');
      this.#rest = lines.pop();
      for (const line of lines) this.#take(line.split(' '));
    } finally {
      closeSync(fd);
    }
    return this;
  }

  #take([what, time, pid, id, ...rest]) {
    const stamp = { at: BigInt(time), pid: Number(pid), id };
    if (what === 'start') {
      this.starts.push(stamp);
      this.latest.set(id, stamp);
    } else if (what === 'line') {
      this.lines.set(rest.join(' '), stamp);
    } else if (what === 'exit') {
      this.exits.set(id, stamp);
    } else if (what === 'chat') {
      const [sent, wanted, elapsedNs, inWriteNs, longestNs] = rest.map(Number);
      this.chats.push({
        ...stamp,
        sent,
        wanted,
        elapsedS: elapsedNs / 1e9,
        inWriteS: inWriteNs / 1e9,
        longestMs: longestNs / 1e6,
      });
    }
  }

  /** Waits until this many different games have started. */
  started(count, timeoutMs = 120_000) {
    return until(`${count} games have started`, () => this.read().latest.size >= count, { timeoutMs, everyMs: 5 });
  }

  /** Waits for the start after `before`, whose game was ended. */
  restarted(before, timeoutMs = 20_000) {
    return until(`game ${before.id} runs again`, () => {
      const latest = this.read().latest.get(before.id);
      return latest.pid === before.pid ? undefined : latest;
    }, { timeoutMs, everyMs: 1 });
  }
}
