import type { BoxConfig, Clock, Logger } from '@pinky/protocol';
import type { BoxChildren } from '../children/box-children.js';
import { apiName, queueName, serverIdOf, webhooksName } from '../children/child-names.js';
import { ladders } from '../children/ladders.js';
import { WorkerHandoff } from './worker-handoff.js';

export interface ReplacementOptions {
  readonly children: BoxChildren;
  readonly config: () => BoxConfig;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How long a new process may take to say hello before the next child is replaced, in milliseconds. */
const helloTimeoutMs = 10_000;

/** Replaces queue and workers by new processes. No game stops. */
export class Replacement {
  #isUnderWay = false;
  #isWantedAgain = false;
  readonly #handoff: WorkerHandoff;

  constructor(private readonly options: ReplacementOptions) {
    this.#handoff = new WorkerHandoff(options);
  }

  /**
   * Replaces one after the other. A worker hands over to a successor that has booted beside it. The queue, and a worker
   * that cannot hand over, is asked to leave, and the next one waits until the new process has said hello. If it is
   * called again meanwhile, everything is replaced once more.
   */
  async graceful(signal: AbortSignal): Promise<void> {
    this.#isWantedAgain = true;
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    try {
      while (this.#isWantedAgain && !signal.aborted) {
        this.#isWantedAgain = false;
        for (const name of this.#names()) await this.#replace(name, signal);
        this.#replaceWebhooks();
      }
    } finally {
      this.#isUnderWay = false;
    }
  }

  /** Replaces all at once, by HUP. */
  immediate(): void {
    const { children, config } = this.options;
    for (const name of [...this.#names(), webhooksName].filter((each) => children.tree.view(each)))
      children.tree.replace(name, { mode: 'immediate', ladder: ladders(config()).leave });
  }

  /** Nobody waits for it: what it has under way is sent again by the next one. */
  #replaceWebhooks(): void {
    const { children, config } = this.options;
    if (!children.tree.view(webhooksName)) return;
    children.tree.replace(webhooksName, {
      mode: 'graceful', ladder: ladders(config()).leave,
      ask: () => children.connectionOf(webhooksName)?.peer.send({ type: 'shutdown' }) ?? false,
    });
  }

  #names(): readonly string[] {
    const { children } = this.options;
    return [queueName, ...children.workers().map((worker) => worker.name), apiName];
  }

  async #replace(name: string, signal: AbortSignal): Promise<void> {
    const { children, config, logger } = this.options;
    if (signal.aborted || !children.tree.view(name)) return;
    const serverId = serverIdOf(name);
    if (serverId !== undefined && (await this.#handoff.replace(serverId, signal))) return;
    if (signal.aborted || !children.tree.view(name)) return;
    const gone = children.tree.whenGone(name);
    children.tree.replace(name, {
      mode: 'graceful', ladder: ladders(config()).leave,
      ask: () => children.connectionOf(name)?.peer.send({ type: 'shutdown' }) ?? false,
    });
    await Promise.race([gone, aborted(signal)]);
    const isBack = await children.until(
      () => children.connectionOf(name) !== undefined || !children.tree.view(name),
      helloTimeoutMs,
      signal,
    );
    logger.info({
      event: 'child.replaced',
      name,
      childPid: children.tree.view(name)?.pid,
      hasGreeted: isBack,
    });
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
