import type { WebSocket } from 'ws';
import { serverPaths, type BoxConfig, type Clock, type ServerStatus } from '@pinky/protocol';
import { Change } from '@pinky/protocol/console';
import type { KnownState } from '../box/known-state.js';
import { playersOf } from '../servers/server-view.js';
import { waitForChange } from './wait-for-change.js';
import { readBehind, shownLines, type ConsolePlace, type ConsoleRead } from './console-lines.js';

export interface LiveConsoleOptions {
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly state: KnownState;
  readonly socket: WebSocket;
  readonly serverId: string;
  /** Lines that were read together are sent in one message. */
  readonly isBatched: boolean;
  readonly signal: AbortSignal;
}

/** How far a viewer may be behind until it is waited for, bytes. */
const mostBehind = 1024 * 1024;
/** A watch wakes once per write. In this rest the lines of a talkative game gather. Milliseconds. */
const restMs = 30;
const lookMs = 1_000;
const slowMs = 20;

/**
 * Sends a viewer the lines of a console in order, without a gap that is not told. It reads them from the files: so a
 * viewer that is slow, or away for a while, holds up nobody and loses nothing that the history still has.
 */
export class LiveConsole {
  #place: ConsolePlace = { run: '', offset: 0 };
  /** The place that the viewer has dealt with; undefined for one that never says so. */
  #acknowledged: ConsolePlace | undefined;
  #told = '';

  constructor(private readonly options: LiveConsoleOptions) {}

  acknowledged(offset: number, run = this.#place.run): void {
    this.#acknowledged = { run, offset };
  }

  tell(message: object): void {
    const { socket } = this.options;
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  /** Resolves when the viewer is gone. */
  async run(from: ConsolePlace): Promise<void> {
    const { clock, signal } = this.options;
    const change = new Change();
    this.#place = from;
    void this.#keepTellingState();
    try {
      while (!signal.aborted) {
        change.arm(this.#watched());
        await this.#catchUp();
        await waitForChange(change, clock, lookMs, signal);
        await clock.rest(restMs, signal);
      }
    } finally {
      change.close();
    }
  }

  async #catchUp(): Promise<void> {
    const { config, serverId, signal } = this.options;
    while (!signal.aborted && this.#next(await readBehind(config(), serverId, this.#place))) await this.#room();
  }

  /** False if there is nothing more yet. */
  #next(read: ConsoleRead): boolean {
    if (read.type === 'end') return false;
    if (read.type === 'run') this.tell({ type: 'run', run: read.place.run, startedAt: startOf(read.place.run) });
    else if (read.type === 'skipped') {
      this.tell({ type: 'skipped', run: read.place.run, from: read.from, to: read.place.offset });
    } else {
      const { state, serverId, isBatched } = this.options;
      const lines = shownLines(read.lines, state.maskOf(serverId));
      if (isBatched) this.tell({ type: 'lines', lines });
      else for (const line of lines) this.tell({ type: 'line', ...line });
    }
    this.#place = read.place;
    return true;
  }

  /** Waits while the viewer is too far behind. */
  async #room(): Promise<void> {
    const { clock, signal, socket } = this.options;
    while (!signal.aborted && (socket.bufferedAmount > mostBehind || this.#isBehind)) await clock.rest(slowMs, signal);
  }

  get #isBehind(): boolean {
    if (!this.#acknowledged) return false;
    const from = this.#acknowledged.run === this.#place.run ? this.#acknowledged.offset : 0;
    return this.#place.offset - from > mostBehind;
  }

  async #keepTellingState(): Promise<void> {
    const { clock, signal, state, serverId } = this.options;
    do {
      const status = await state.statusOf(serverId);
      const text = JSON.stringify(shown(status));
      if (text !== this.#told && !signal.aborted) this.tell(shown(status));
      this.#told = text;
    } while (await clock.rest(lookMs, signal));
  }

  /** Files and folders that change when the console grows or a new run begins. */
  #watched(): string[] {
    const { servers } = this.options.config();
    const paths = serverPaths(servers, this.options.serverId);
    const { run } = this.#place;
    return run === '' ? [servers, paths.dir, paths.runs] : [paths.runs, paths.run(run).dir, paths.run(run).console];
  }
}

const shown = (status: ServerStatus | undefined) => ({
  type: 'state',
  state: status?.state ?? 'down',
  ...playersOf(status),
  ...(status?.port !== undefined && { port: status.port }),
});

/** A run's id begins with the time of its start. */
function startOf(run: string): string | undefined {
  const ms = Number(/^\d{13}/.exec(run)?.[0]);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
