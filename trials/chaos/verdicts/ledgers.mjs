import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The games' own ledgers, read as they grow. There is one entry for each life of a game process. `said` is the number
 * of the last event that reached the console whole, `told` how it was asked to stop, `end` why it says that it ended.
 */
export class Ledgers {
  lives = new Map();
  /** How often each command took effect, by its number. */
  effects = new Map();
  odd = [];

  constructor(dir) {
    this.dir = dir;
  }

  read() {
    for (const name of this.#names()) {
      const dot = name.lastIndexOf('.');
      let life = this.lives.get(name);
      if (!life) {
        this.lives.set(
          name,
          (life = {
            serverId: name.slice(0, dot),
            boot: name.slice(dot + 1),
            said: 0,
            offset: 0,
            rest: '',
            seenAt: Date.now(),
          }),
        );
      }
      if (!life.isClosed) this.#readOn(join(this.dir, name), life);
    }
    return [...this.lives.values()];
  }

  #names() {
    try {
      return readdirSync(this.dir);
    } catch {
      return []; // no game has run yet
    }
  }

  #readOn(path, life) {
    const fd = openSync(path, 'r');
    const buffer = Buffer.allocUnsafe(256 * 1024);
    for (let bytes; (bytes = readSync(fd, buffer, 0, buffer.length, life.offset)) > 0; life.offset += bytes) {
      const lines = (life.rest + buffer.toString('utf8', 0, bytes)).split('\n');
      life.rest = lines.pop();
      for (const line of lines) this.#take(line, life);
    }
    closeSync(fd);
  }

  #take(line, life) {
    const [word, value] = line.split(' ');
    if (word === 'said') life.said = Number(value);
    else if (word === 'cmd') this.effects.set(Number(value), (this.effects.get(Number(value)) ?? 0) + 1);
    else if (word === 'told') life.told ??= value;
    else if (word === 'end') life.end = value;
    else if (word !== 'start') this.odd.push(`${life.serverId}: ${line}`);
  }
}
