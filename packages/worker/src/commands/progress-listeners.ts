import type { CommandName, ProgressListener } from '@pinky/protocol';

/** Commands that take long. Their senders want to see how far the work is, also if they only joined it. */
const long: ReadonlySet<CommandName> = new Set(['start', 'stop', 'restart', 'backup']);

/** Passes the progress of downloads, unpacking and backups on to everyone who waits for them. */
export class ProgressListeners {
  readonly #listeners = new Set<ProgressListener>();

  readonly tell: ProgressListener = (progress) => {
    for (const listener of this.#listeners) listener(progress);
  };

  async during<T>(name: CommandName, listener: ProgressListener, work: Promise<T>): Promise<T> {
    if (!long.has(name)) return work;
    this.#listeners.add(listener);
    try {
      return await work;
    } finally {
      this.#listeners.delete(listener);
    }
  }
}
