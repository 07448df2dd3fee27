/** Compares the games' ledgers with what the backend drained: each numbered event came exactly once and in order. */
export class EventVerdict {
  /** The number of the next event of each life. */
  #next = new Map();
  #ids = new Set();
  count = 0;

  constructor(violation) {
    this.violation = violation;
  }

  /** Takes events as JSON, oldest first. */
  take(items) {
    for (const item of items) this.#take(JSON.parse(item));
  }

  #take(event) {
    this.count++;
    if (this.#ids.has(event.id)) {
      this.violation(`${event.server_id}: the event ${event.id} (${event.type}) came twice`, event.server_id);
    }
    this.#ids.add(event.id);
    if (event.type === 'events_lost') {
      this.violation(`${event.server_id}: events were lost: ${JSON.stringify(event)}`, event.server_id);
    }
    if (event.n === undefined) return;
    const life = `${event.server_id}.${event.boot}`;
    const expected = this.#next.get(life) ?? 1;
    if (event.n < expected)
      this.violation(
        `${event.server_id}: event ${event.n} of ${event.boot} came after ${expected - 1}`,
        event.server_id,
      );
    else if (event.n > expected)
      this.violation(
        `${event.server_id}: events ${expected} to ${event.n - 1} of ${event.boot} are missing before ${event.n} ` +
          `(${event.id})`,
        event.server_id,
      );
    this.#next.set(life, Math.max(expected, event.n + 1));
  }

  /**
   * At the very end: everything that a game said has come. The event that a killed game was just writing may have come
   * or not.
   */
  complete(lives) {
    for (const { serverId, boot, said } of lives) {
      const came = (this.#next.get(`${serverId}.${boot}`) ?? 1) - 1;
      if (came < said) this.violation(`${serverId}: ${boot} said ${said} events, ${came} came`, serverId);
      if (came > said + 1) this.violation(`${serverId}: ${boot} said ${said} events, ${came} came`, serverId);
    }
  }
}
