/**
 * A player as a trial sees one: one interface for all games. Each game's module exports
 * `join({ port, name, cacheDir, settings, askBack }) → Promise<Player>`, which resolves once the player is in the game.
 */
export class Player {
  #heard = [];
  #listeners = new Set();
  #kicked;
  #closed;
  #connection;

  /** Resolves with the reason when the player is kicked. */
  kicked = new Promise((resolve) => { this.#kicked = resolve; });
  /** Resolves when the connection has ended, whatever the reason. */
  closed = new Promise((resolve) => { this.#closed = resolve; });
  isConnected = true;

  /** `connection` is how this game's player says a line (`say(text)`) and leaves (`leave()`). */
  constructor(name, connection) {
    this.name = name;
    this.#connection = connection;
  }

  async say(text) {
    await this.#connection.say(text);
  }

  /** The first line that holds `wanted` (a text or pattern), even if the player saw it before this call. */
  async heard(wanted, timeoutMs = 30_000) {
    const matches = (line) => (typeof wanted === 'string' ? line.includes(wanted) : wanted.test(line));
    const early = this.#heard.find(matches);
    if (early !== undefined) return early;
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#listeners.delete(listen);
      };
      const listen = (line) => {
        if (!matches(line)) return;
        done();
        resolve(line);
      };
      const timer = setTimeout(() => {
        done();
        reject(
          new Error(
            `${this.name} did not hear ${wanted} within ${timeoutMs} ms; the last lines: ` +
              `${this.#heard.slice(-5).join(' | ')}`,
          ),
        );
      }, timeoutMs);
      this.#listeners.add(listen);
    });
  }

  /** Leaves the game, and resolves when the connection is closed. */
  async leave() {
    if (this.isConnected) await this.#connection.leave();
    await this.closed;
  }

  // A game's module calls these:

  hears(line) {
    this.#heard.push(line);
    for (const listen of this.#listeners) listen(line);
  }

  isKicked(reason) {
    this.#kicked(reason);
  }

  isGone() {
    this.isConnected = false;
    this.#closed();
  }
}
