import { nextState, type Clock, type Logger, type ServerEvent, type ServerState } from '@pinky/protocol';
import type { Place } from '../admission/launch-admission.js';

/** The next step that comes by itself, for `pinky explain`. */
export interface Next {
  readonly what: string;
  /** Unix milliseconds. */
  readonly at?: number;
}

/**
 * The flow that has the server. It alone acts on exits, readiness and silence of the game. `start` has the server until
 * the game is up, `crash` while a relaunch is to come, `stop` until the game is gone for good or starts again.
 */
export type Flow = 'start' | 'crash' | 'stop' | 'none';

export interface ServerStateOptions {
  readonly serverId: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after every change. */
  readonly onChange: () => void;
}

/** The next step of a server that waits to be launched. */
export const turnOf = ({ at, of }: Place): Next => ({ what: `it waits for its turn, ${at} of ${of}` });

/** The next step of a server that is `failed`. */
const givenUp: Next = { what: 'nothing until it is started again or stopped' };

/**
 * The state of a server: since when, why, what comes next, and which flow has the server. Nothing else writes any of
 * that. Every change goes through the lifecycle table of `@pinky/protocol`, and is logged.
 */
export class ServerStateMachine {
  #now: ServerState = 'down';
  #since: number;
  #because = 'no start has reached its worker';
  #next: Next | undefined;
  #flow: Flow = 'none';

  constructor(private readonly options: ServerStateOptions) {
    this.#since = options.clock.wallNow();
  }

  get now(): ServerState {
    return this.#now;
  }

  /** Unix milliseconds. */
  get since(): number {
    return this.#since;
  }

  get because(): string {
    return this.#because;
  }

  get next(): Next | undefined {
    return this.#next;
  }

  get flow(): Flow {
    return this.#flow;
  }

  /** Looks an event up in the table, and changes the state if the table says so. Answers whether it did. */
  apply(event: ServerEvent, because: string, next?: Next): boolean {
    const from = this.#now;
    const to = nextState(from, event);
    if (!to) return false;
    const { serverId, log } = this.options;
    log.info({ event: 'server.state', serverId, from, to, because });
    this.#enter(to, because, next);
    return true;
  }

  /**
   * Takes over the state of the worker before; `since` is in Unix milliseconds. That is not a change, so the table is
   * not asked.
   */
  resume(state: ServerState, because: string, since?: number): void {
    this.#enter(state, because, undefined, since);
  }

  /** The state stays, and something else comes next. */
  expect(next: Next): void {
    this.#next = next;
    this.options.onChange();
  }

  /** The flow has the server from now on. */
  take(flow: Exclude<Flow, 'none'>): void {
    this.#flow = flow;
  }

  /** The flow is done with the server. Changes nothing if another flow has taken it meanwhile. */
  release(flow: Flow): void {
    if (this.#flow === flow) this.#flow = 'none';
  }

  #enter(state: ServerState, because: string, next?: Next, since = this.options.clock.wallNow()): void {
    this.#now = state;
    this.#since = Math.round(since);
    this.#because = because;
    this.#next = next ?? (state === 'failed' ? givenUp : undefined);
    this.options.onChange();
  }
}
