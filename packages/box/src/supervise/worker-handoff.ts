import {
  HandoffMaster,
  type BoxConfig,
  type Clock,
  type Logger,
  type Message,
  type SlaveConnection,
} from '@pinky/protocol';
import type { BoxChildren } from '../children/box-children.js';
import { successorName, workerName } from '../children/child-names.js';
import type { Connection } from '../children/connections.js';
import { ladders } from '../children/ladders.js';

export interface WorkerHandoffOptions {
  readonly children: BoxChildren;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * How long one step of a handoff may take, in milliseconds. A worker boots in a tenth of a second, and finishes the
 * command that it is at within seconds.
 */
const stepTimeoutMs = 6_000;
/** How long a worker that has handed over may take to end, in milliseconds. */
const leaveTimeoutMs = 10_000;

/**
 * Replaces a worker by handoff (docs/handoff.md). Its successor boots beside it and takes over the game server. Then
 * the old worker leaves. The game notices nothing. Its console is not read for a few milliseconds.
 */
export class WorkerHandoff {
  constructor(private readonly options: WorkerHandoffOptions) {}

  /** False if it failed. Then the worker is as it was, or it has ended and the tree starts another one. */
  async replace(serverId: string, signal: AbortSignal): Promise<boolean> {
    const { children, logger, clock } = this.options;
    const old = children.connectionOf(workerName(serverId));
    if (!old || signal.aborted) return false;
    children.keepWorker(serverId, false);
    const startedAt = clock.now();
    const outcome = await this.#migrate(serverId, old, signal);
    const hasMoved = outcome === 'moved' && (await this.#promote(serverId));
    if (!hasMoved) await this.#giveUp(serverId);
    logger.info({
      event: 'worker.handoff',
      serverId,
      outcome: hasMoved ? 'moved' : 'abandoned',
      ms: Math.round(clock.now() - startedAt),
      childPid: children.tree.view(workerName(serverId))?.pid,
    });
    return hasMoved;
  }

  /** Is the master of the handoff until the migration is over. */
  #migrate(serverId: string, old: Connection, signal: AbortSignal): Promise<'moved' | 'abandoned'> {
    const { children, clock, logger } = this.options;
    return new Promise((resolve) => {
      const finish = (outcome: 'moved' | 'abandoned'): void => {
        signal.removeEventListener('abort', onAbort);
        children.onHandoff(() => undefined);
        master.stop();
        resolve(outcome);
      };
      const onAbort = (): void => finish('abandoned');
      const master = new HandoffMaster({
        clock,
        stepTimeoutMs,
        startSlave: () => children.startSuccessor(serverId),
        onMigration: (outcome, because) => {
          logger.debug({ event: 'worker.migration', serverId, outcome, because });
          finish(outcome);
        },
      });
      signal.addEventListener('abort', onAbort, { once: true });
      children.onHandoff((message, connection) => this.#pass(master, serverId, message, connection));
      master.receive({ type: 'slaveHello', Running: true }, old.peer);
      master.migrate();
    });
  }

  #pass(master: HandoffMaster, serverId: string, message: Message | 'closed', { name, peer }: Connection): void {
    if (name !== workerName(serverId) && name !== successorName(serverId)) return;
    const slave: SlaveConnection = peer;
    if (message === 'closed') master.closed(slave);
    else master.receive(message, slave);
  }

  async #promote(serverId: string): Promise<boolean> {
    const { children } = this.options;
    const { tree } = children;
    const isGone = await children.until(() => tree.view(workerName(serverId))?.pid === undefined, leaveTimeoutMs);
    // It has handed its server over, so nothing is lost when it is ended.
    if (!isGone) {
      await children.stop(workerName(serverId), { mode: 'immediate', ladder: ladders(this.options.config()).leave });
    }
    return children.promoteSuccessor(serverId);
  }

  /** Ends the successor. A worker that is alive stays; one that has ended is started again. */
  async #giveUp(serverId: string): Promise<void> {
    const { children } = this.options;
    const name = successorName(serverId);
    await children.stop(name, { mode: 'immediate', ladder: ladders(this.options.config()).leave });
    children.remove(name);
    children.keepWorker(serverId, true);
    if (children.tree.view(workerName(serverId))?.pid === undefined && children.isWanted(serverId)) {
      children.startWorker(serverId);
    }
  }
}
