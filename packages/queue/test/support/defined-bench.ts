import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  deferred,
  PinkyError,
  readDefinition,
  silentLogger,
  type BoxConfig,
  type CommandData,
  type CommandResult,
  type Deferred,
  type LiveChange,
  type RequestedCommand,
  type ServerStatus,
  type StartOrder,
} from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { Definitions } from '../../src/definitions/definitions.js';
import type { WorkerHandle } from '../../src/routing/worker-registry.js';

export const upAnswer = { serverId: 'a', state: 'up' } as const;

/** Definitions over a router that the test answers for. */
export class DefinedBench {
  readonly home = mkdtempSync(join(tmpdir(), 'pinky-defined-'));
  readonly servers = join(this.home, 'servers');
  readonly clock = new FakeClock();
  readonly routed: { readonly command: CommandData; readonly answer: Deferred<CommandResult> }[] = [];
  readonly statuses = new Map<string, ServerStatus>();
  config = { home: this.home, servers: this.servers, backups: join(this.home, 'backups') } as BoxConfig;
  definitions = this.open();

  open(): Definitions {
    mkdirSync(this.servers, { recursive: true });
    const definitions = new Definitions({
      config: () => this.config,
      router: { route: ({ command }) => {
        const answer = deferred<CommandResult>();
        this.routed.push({ command, answer });
        return answer.promise;
      } },
      workerOf: (serverId) => this.#worker(serverId),
      isExpected: () => false,
      logger: silentLogger,
      clock: this.clock,
    });
    definitions.load();
    return definitions;
  }

  /** The questions to the worker, and its answer to the next one; without an answer it is of an older version. */
  readonly asked: { readonly method: string; readonly params: StartOrder }[] = [];
  liveAnswer: (() => Promise<LiveChange>) | undefined;

  #worker(serverId: string): WorkerHandle | undefined {
    const status = this.statuses.get(serverId);
    const request = (method: string, params: StartOrder): Promise<LiveChange> => {
      this.asked.push({ method, params });
      return this.liveAnswer?.() ?? Promise.reject(new PinkyError('unsupported', `a worker does not answer ${method}`));
    };
    return status && ({ serverId, status, peer: { request } } as unknown as WorkerHandle); // no more of it is used
  }

  send(command: RequestedCommand): Promise<CommandResult> {
    const answer = this.definitions.commands.route({ command, id: 'c', deadlineMs: 1_000 });
    answer.catch(() => undefined); // the test looks at it when it wants to
    return answer;
  }

  /** The worker says this, as it does of each change. */
  says(status: Partial<ServerStatus>): void {
    const whole = { serverId: 'a', game: '', state: 'up', wanted: 'up', since: 0, isBackingUp: false, players: [] };
    this.statuses.set('a', { ...whole, restarts: 0, ...status } as ServerStatus);
    this.definitions.seen(this.statuses.get('a') as ServerStatus);
  }

  get last() {
    return this.routed.at(-1);
  }

  get onDisk() {
    return readDefinition(this.home, 'a');
  }

  /** Defined, and up. */
  async up(): Promise<this> {
    const data = { serverId: 'a', funpack: { url: 'p' }, settings: { x: 1, y: 1 } };
    const answer = this.send({ name: 'start', data });
    this.says({ state: 'up', revision: 1, port: 10_000 });
    this.last?.answer.resolve(upAnswer);
    await answer;
    return this;
  }

  async end(): Promise<void> {
    await this.definitions.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}
