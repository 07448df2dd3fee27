import { statSync } from 'node:fs';
import { consoleMask } from '@pinky/funpack-runner/light';
import {
  boxPaths,
  noMask,
  readDefinitions,
  type BoxConfig,
  type Definition,
  type Mask,
  type ServerStatus,
} from '@pinky/protocol';
import { MostPlayers } from '../servers/most-players.js';
import type { QueueTalk } from '../talk/queue-talk.js';
import type { SupervisorTalk } from '../talk/supervisor-talk.js';

/** The costs of a game, as the queue measures them. */
export interface Usage {
  readonly cpuPercent: number;
  readonly memoryBytes: number;
}

/** How long the usage of CPU and memory may be asked for, milliseconds. A queue that has not looked lately measures. */
const usageMs = 1_000;

/** The box's servers as they are now: from the queue, else from the supervisor, else as they were last. */
export class KnownState {
  #statuses: readonly ServerStatus[] = [];
  #asking: Promise<readonly ServerStatus[]> | undefined;
  #usage: Readonly<Record<string, Usage>> = {};
  #definitions: readonly Definition[] = [];
  #definitionsAt = '';
  readonly #masks = new WeakMap<Definition, Mask>();
  readonly #mostPlayers: MostPlayers;

  constructor(
    private readonly config: () => BoxConfig,
    private readonly queue: QueueTalk,
    private readonly supervisor: SupervisorTalk,
  ) {
    this.#mostPlayers = new MostPlayers(config);
  }

  /** Callers that come at once share one question. */
  statuses(): Promise<readonly ServerStatus[]> {
    this.#asking ??= this.#ask().finally(() => { this.#asking = undefined; });
    return this.#asking;
  }

  async statusOf(serverId: string): Promise<ServerStatus | undefined> {
    return (await this.statuses()).find((status) => status.serverId === serverId);
  }

  /** The figures of the running games; the last ones while the queue is away or measures. */
  async usage(): Promise<Readonly<Record<string, Usage>>> {
    try {
      this.#usage = (await this.queue.ask('usage', {}, usageMs)) as Readonly<Record<string, Usage>>; // our own queue
    } catch {
      // the last ones are good enough
    }
    return this.#usage;
  }

  /** Every definition. The files are read again when one has changed: each is written beside its place and renamed. */
  definitions(): readonly Definition[] {
    const { home } = this.config();
    const stats = statSync(boxPaths(home).definitions, { throwIfNoEntry: false });
    const mark = stats ? `${stats.mtimeMs} ${stats.ino}` : '';
    const isSettled = stats !== undefined && Date.now() - stats.mtimeMs > 100;
    if (mark === '' || mark !== this.#definitionsAt) this.#definitions = readDefinitions(home);
    this.#definitionsAt = isSettled ? mark : '';
    return this.#definitions;
  }

  definition(serverId: string): Definition | undefined {
    return this.definitions().find((one) => one.serverId === serverId);
  }

  /** Takes the secrets of a server out of its console. One for each definition, since that reads the funpack. */
  maskOf(serverId: string): Mask {
    const definition = this.definition(serverId);
    if (!definition) return noMask;
    const mask = this.#masks.get(definition) ?? consoleMask(this.config(), definition);
    this.#masks.set(definition, mask);
    return mask;
  }

  /** How many players a server takes, where a setting of it says so. */
  mostPlayers(definition: Definition | undefined): number | undefined {
    return this.#mostPlayers.of(definition);
  }

  async #ask(): Promise<readonly ServerStatus[]> {
    try {
      this.#statuses = (await this.queue.ask('servers')) as readonly ServerStatus[]; // our own queue answers
    } catch {
      this.#statuses = await this.#fromSupervisor();
    }
    return this.#statuses;
  }

  async #fromSupervisor(): Promise<readonly ServerStatus[]> {
    try {
      return (await this.supervisor.tree()).children.flatMap(({ status }) => status ?? []);
    } catch {
      return this.#statuses; // nobody says anything newer
    }
  }
}
