import { commandRules, PinkyError, type Clock, type CommandResult } from '@pinky/protocol';
import type { RoutedCommand } from './routed-command.js';
import { ServerCommands } from './server-commands.js';
import type { WorkerHandle } from './worker-registry.js';

export interface RouterOptions {
  readonly workerOf: (serverId: string) => WorkerHandle | undefined;
  /** Whether a server needs a worker. Then a missing worker does not mean that the server is down. */
  readonly isExpected: (serverId: string) => boolean;
  readonly ensureWorker: (serverId: string) => Promise<void>;
  readonly clock: Clock;
}

/** Brings every command to the worker of its server, and answers for servers that have none. */
export class Router {
  readonly #servers = new Map<string, ServerCommands>();
  readonly #inHand = new Map<string, Promise<CommandResult>>();

  constructor(private readonly options: RouterOptions) {}

  get inHand(): number {
    return this.#inHand.size;
  }

  /** Throws what the worker answers, `worker_unreachable`, `supervisor_unreachable` or `deadline_exceeded`. */
  route(routed: RoutedCommand): Promise<CommandResult> {
    const same = this.#inHand.get(routed.id);
    if (same) return same;
    const answer = this.#answer(routed).finally(() => this.#inHand.delete(routed.id));
    this.#inHand.set(routed.id, answer);
    return answer;
  }

  /** Why commands of the server wait for a worker, once one was asked for. */
  obstacleOf(serverId: string): string | undefined {
    return this.#servers.get(serverId)?.obstacle;
  }

  /** Why no worker can be started just now, for each server whose commands wait for one. */
  obstacles(): Readonly<Record<string, string>> {
    const found = [...this.#servers].map(([serverId, { lack }]) => [serverId, lack] as const);
    return Object.fromEntries(found.filter((one): one is readonly [string, string] => one[1] !== undefined));
  }

  stop(): void {
    for (const commands of [...this.#servers.values()]) commands.stop();
  }

  workerArrived(worker: WorkerHandle): void {
    this.#servers.get(worker.serverId)?.workerArrived(worker.peer);
  }

  workerGone(worker: WorkerHandle): void {
    this.#servers.get(worker.serverId)?.workerGone(worker.peer);
  }

  async #answer(routed: RoutedCommand): Promise<CommandResult> {
    const { name, data } = routed.command;
    const { serverId } = data;
    const commands = this.#servers.get(serverId);
    if (commands) return commands.add(routed);
    const worker = this.options.workerOf(serverId);
    if (!worker && !routed.isTakenAgain && !this.options.isExpected(serverId)) {
      const rule = commandRules[name].down;
      if (rule === 'done') return { serverId, state: 'down', already: true };
      if (typeof rule === 'object') {
        throw new PinkyError(rule.reject, `server ${serverId} is down: ${name} needs a running one`);
      }
    }
    return this.#commandsOf(serverId, worker).add(routed);
  }

  #commandsOf(serverId: string, worker: WorkerHandle | undefined): ServerCommands {
    const { ensureWorker, clock } = this.options;
    const commands = new ServerCommands({
      serverId,
      ensureWorker,
      clock,
      onIdle: () => void this.#servers.delete(serverId),
    });
    this.#servers.set(serverId, commands);
    if (worker) commands.workerArrived(worker.peer);
    return commands;
  }
}
