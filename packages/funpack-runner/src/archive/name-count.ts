import { textOf } from '../kernel/open-folder.js';
import type { NamedPaths } from '@pinky/protocol';

export type { NamedPaths };

/** Enough to see what is meant. */
const shownNames = 20;

/** Counts paths, keeps the first of them, and counts how often each reason came. */
export class NameCount {
  #count = 0;
  readonly #names: string[] = [];
  readonly #reasons = new Map<string, number>();

  add(path: string, reason?: string): void {
    this.#count += 1;
    if (this.#names.length < shownNames) this.#names.push(textOf(path));
    if (reason !== undefined) this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** Undefined where nothing was counted. */
  get paths(): NamedPaths | undefined {
    if (this.#count === 0) return undefined;
    const because = Object.fromEntries(this.#reasons);
    return { count: this.#count, names: this.#names, ...(this.#reasons.size > 0 && { because }) };
  }
}
