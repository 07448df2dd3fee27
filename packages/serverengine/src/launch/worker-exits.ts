import type { Logger } from '@pinky/protocol/base';
import type { ProcessExit, TreeEvent } from '@pinky/supervisor';

/** Follows the tree of worker processes. Tells each exit to the worker's listener, and troubles to the log. */
export class WorkerExits {
  readonly #listeners = new Map<string, (exit: ProcessExit) => void>();

  constructor(private readonly log: Logger) {}

  /** Calls `onExit` once, when the process of that name has ended. */
  expect(name: string, onExit: (exit: ProcessExit) => void): void {
    this.#listeners.set(name, onExit);
  }

  follow(event: TreeEvent): void {
    if (event.type === 'stalled') {
      const { name: worker, pid, silentMs } = event;
      this.log.error({
        event: 'worker.stalled',
        worker,
        pid,
        silentMs: Math.round(silentMs),
      });
    }
    if (event.type === 'exited') this.#exited(event.name, event.exit);
  }

  #exited(name: string, exit: ProcessExit): void {
    if (exit.kind === 'notStarted') {
      this.log.error({ event: 'worker.notStarted', worker: name, reason: exit.reason });
    }
    // Later, because the tree must first note that the process is gone, and the event loop must close its handles.
    setImmediate(() => {
      const tell = this.#listeners.get(name);
      this.#listeners.delete(name);
      tell?.(exit);
    });
  }
}
