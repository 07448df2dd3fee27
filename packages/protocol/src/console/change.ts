import { watch, type FSWatcher } from 'node:fs';

/** Wakes once when one of the watched files or folders changes. Arm it again for the next change. */
export class Change {
  #watchers: FSWatcher[] = [];
  #wake: () => void = () => undefined;
  #promise: Promise<void> = Promise.resolve();

  /** Watches from now on, so a change before `happened` is awaited counts. Leaves out what does not exist. */
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
      // it does not exist yet; followers also look again by the clock
    }
  }

  #happen(): void {
    this.close();
    this.#wake();
  }
}
