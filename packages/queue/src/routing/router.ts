import { commandRules, PinkyError, type Clock, type CommandResult } from '@pinky/protocol';
import { Lane } from './lane.js';
import type { Order } from './order.js';
import type { WorkerHandle } from './worker-registry.js';

export interface RouterOptions {
  readonly workerOf: (serverId: string) => WorkerHandle | undefined;
  /** Whether a worker is needed for a server, so that a missing one is no sign of a server that is down. */
  readonly isExpected: (serverId: string) => boolean;
  readonly ensureWorker: (serverId: string) => Promise<void>;
  readonly clock: Clock;
}

/** Brings every command to the worker of its server, and answers for servers that have none. */
export class Router {
  readonly #lanes = new Map<string, Lane>();
  readonly #inHand = new Map<string, Promise<CommandResult>>();

  constructor(private readonly options: RouterOptions) {}

  get inHand(): number {
    return this.#inHand.size;
  }

  /** Throws what the worker answers, `worker_unreachable`, `supervisor_unreachable` or `deadline_exceeded`. */
  route(order: Order): Promise<CommandResult> {
    const same = this.#inHand.get(order.id);
    if (same) return same;
    const answer = this.#answer(order).finally(() => this.#inHand.delete(order.id));
    this.#inHand.set(order.id, answer);
    return answer;
  }

  stop(): void {
    for (const lane of [...this.#lanes.values()]) lane.stop();
  }

  workerArrived(worker: WorkerHandle): void {
    this.#lanes.get(worker.serverId)?.workerArrived(worker.peer);
  }

  workerGone(worker: WorkerHandle): void {
    this.#lanes.get(worker.serverId)?.workerGone(worker.peer);
  }

  async #answer(order: Order): Promise<CommandResult> {
    const { serverId } = order.command.data;
    const lane = this.#lanes.get(serverId);
    if (lane) return lane.add(order);
    const worker = this.options.workerOf(serverId);
    if (!worker && !order.isTakenAgain && !this.options.isExpected(serverId)) {
      const rule = commandRules[order.command.name].down;
      if (rule === 'done') return { serverId, state: 'down', already: true };
      if (typeof rule === 'object') {
        throw new PinkyError(rule.reject, `server ${serverId} is down: ${order.command.name} needs a running one`);
      }
    }
    return this.#newLane(serverId, worker).add(order);
  }

  #newLane(serverId: string, worker: WorkerHandle | undefined): Lane {
    const { ensureWorker, clock } = this.options;
    const lane = new Lane({
      serverId,
      ensureWorker,
      clock,
      onIdle: () => void this.#lanes.delete(serverId),
    });
    this.#lanes.set(serverId, lane);
    if (worker) lane.workerArrived(worker.peer);
    return lane;
  }
}
