import { watch, type FSWatcher } from 'node:fs';

/** Wakes once when anything about the watched files and folders changes; it has to be armed again for the next time. */
export class Change {
  #watchers: FSWatcher[] = [];
  #wake: () => void = () => undefined;
  #promise: Promise<void> = Promise.resolve();

  /** Watches from now on; what changes before `happened` is awaited counts. What does not exist is passed over. */
  arm(targets: readonly string[]): void {
    this.close();
    this.#promise = new Promise((resolve) => { this.#wake = resolve; });
    for (const target of targets) this.#watch(target);
  }

  happened(): Promise<void> {
    return this.#promise;
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
  }

  #watch(target: string): void {
    try {
      const watcher = watch(target, { persistent: false }, () => this.#happen());
      watcher.on('error', () => this.#happen());
      this.#watchers.push(watcher);
    } catch {
      // not there (yet): whoever follows looks again by the clock as well
    }
  }

  #happen(): void {
    this.close();
    this.#wake();
  }
}
