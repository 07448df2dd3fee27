import type { Clock } from '../time/clock.js';
import type { SlaveConnection } from './slave-connection.js';

export interface DeparturesOptions {
  readonly clock: Clock;
  /** How long a slave may take to shut down before its connection is closed, milliseconds. */
  readonly patienceMs: number;
  /** The last one has shut down. */
  readonly onEmpty: () => void;
}

/**
 * The slaves that were told to shut down. Each may still run shards until it has answered, or its connection is over.
 */
export class Departures {
  readonly #leaving = new Map<SlaveConnection, AbortController>();

  constructor(private readonly options: DeparturesOptions) {}

  get isEmpty(): boolean {
    return this.#leaving.size === 0;
  }

  has(slave: SlaveConnection): boolean {
    return this.#leaving.has(slave);
  }

  /** Tells a slave to shut down. */
  dismiss(slave: SlaveConnection): void {
    this.expect(slave);
    slave.send({ type: 'shutdown' });
  }

  /** Waits for a slave that was told before. */
  expect(slave: SlaveConnection): void {
    const patience = new AbortController();
    this.#leaving.set(slave, patience);
    const { clock, patienceMs } = this.options;
    void clock.rest(patienceMs, patience.signal).then((isOver) => isOver && this.left(slave));
  }

  /** It has answered, or is gone, or has taken too long. Answers false if it was not told to shut down. */
  left(slave: SlaveConnection): boolean {
    const patience = this.#leaving.get(slave);
    if (!patience) return false;
    patience.abort();
    this.#leaving.delete(slave);
    slave.end?.();
    if (this.isEmpty) this.options.onEmpty();
    return true;
  }

  /** Waits for nobody any more. */
  stop(): void {
    for (const patience of this.#leaving.values()) patience.abort();
    this.#leaving.clear();
  }
}
