import type { Clock } from '@pinky/protocol';
import type { GameServer } from '../life/game-server.js';
import type { GameRun } from '../run/game-run.js';

/** How long a game that has said `started` may take to bind its port, milliseconds. */
export const listenTimeoutMs = 5_000;
/** Pauses between two looks: while there is time, and at a game that is late. Milliseconds. */
const lookPauseMs = 1_000;
const latePauseMs = 15_000;
/** At most this many ports are named. */
const mostNamed = 20;

/**
 * Looks whether a game that is up has bound its port. One that has not cannot be reached by anybody, and its console
 * does not say so: most often its funpack does not tell it the port.
 */
export class ListenWatch {
  #abort = new AbortController();

  constructor(private readonly clock: Clock, private readonly server: Pick<GameServer, 'warn'>) {}

  /** Watches the game of the run, which is up. */
  watch(run: GameRun, port: number): void {
    this.stop();
    void this.#watch(run, port, this.#abort.signal);
  }

  stop(): void {
    this.#abort.abort();
    this.#abort = new AbortController();
  }

  async #watch(run: GameRun, port: number, signal: AbortSignal): Promise<void> {
    for (let waitedMs = 0; waitedMs < listenTimeoutMs; waitedMs += lookPauseMs) {
      if (!(await this.clock.rest(lookPauseMs, signal)) || run.sockets?.binds(port)) return;
    }
    const listens = run.sockets?.boundPorts();
    if (listens === undefined || listens.includes(port)) return;
    const message = lateSentence(port, listens);
    run.warn({ kind: 'not_listening', port, listens: listens.slice(0, mostNamed), message });
    this.server.warn(message, 'port');
    while (!run.sockets?.binds(port)) if (!(await this.clock.rest(latePauseMs, signal))) return;
    this.server.warn(undefined, 'port');
  }
}

function lateSentence(port: number, listens: readonly number[]): string {
  const where = listens.length === 0 ? 'on no port' : `on ${listens.slice(0, mostNamed).join(', ')}`;
  return `nothing of the game listens on port ${port}; it listens ${where}`;
}
