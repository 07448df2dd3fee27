import { isAlive } from '../../processes.mjs';

const lookMs = 300;

/** Looks at the games all the while: which ended, and which were allowed to. */
export class Watch {
  #timer;
  #judged = new Set();
  /** The life that each server has now. */
  #living = new Map();
  /** The servers that may be stopped. At the end these are all. */
  mayStop = new Set();
  restarts = 0;

  constructor({ fleet, ledgers, timeline, victims }) {
    Object.assign(this, { fleet, ledgers, timeline, victims });
    for (const { serverId, isChurned } of fleet) if (isChurned) this.mayStop.add(serverId);
  }

  start() {
    this.#timer = setInterval(() => this.look(), lookMs);
  }

  stop() {
    clearInterval(this.#timer);
  }

  lifeOf(serverId) {
    const life = this.#living.get(serverId);
    return life && isAlive(life.boot) ? life : undefined;
  }

  look() {
    const lives = this.ledgers.read();
    const living = new Map();
    for (const life of lives) {
      if (isAlive(life.boot)) {
        if (living.has(life.serverId)) {
          this.timeline.violation(
            `${life.serverId}: two games of it live at once (${living.get(life.serverId).boot}, ${life.boot})`,
            life.serverId,
          );
        }
        living.set(life.serverId, life);
        if (life.told && !this.mayStop.has(life.serverId)) {
          this.timeline.violation(
            `${life.serverId}: its game was told to stop (${life.told}), although nobody asked for it`,
            life.serverId,
          );
        }
      } else if (!this.#judged.has(life)) this.#ended(life);
    }
    this.#living = living;
    for (const text of this.ledgers.odd.splice(0)) {
      this.timeline.violation(`a game got a line that nobody sent: ${text}`);
    }
  }

  #ended(life) {
    this.ledgers.read(); // its last lines may have come after the look
    if (!life.isDead) {
      life.isDead = true; // and the next look reads them
      return;
    }
    this.#judged.add(life);
    life.isClosed = true;
    this.restarts++;
    this.timeline.note(`${life.serverId}: game ${life.boot} ended (${life.end ?? life.told ?? 'no word'})`);
    const isMeant =
      life.end === 'crash' ||
      this.victims.has(life.boot) ||
      (life.told && this.mayStop.has(life.serverId)) ||
      (this.mayStop.has(life.serverId) && life.said === 0);
    if (!isMeant) {
      this.timeline.violation(
        `${life.serverId}: its game ${life.boot} ended without a reason ` +
          `(${life.end ?? 'killed'}${life.told ? `, told ${life.told}` : ''})`,
        life.serverId,
      );
    }
  }
}
