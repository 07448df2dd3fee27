import type { FileStat } from '../kernel/file-stat.js';

/** Knows which names of the archive are one file. */
export class HardLinks {
  readonly #names = new Map<string, string[]>();
  readonly #packedAgain = new Set<string>();

  /**
   * The name under which this file is in the archive already. Undefined where its content has to follow: with its first
   * name, and with the first one that is packed again.
   */
  first({ links, device, inode }: FileStat, path: string, isAgain: boolean): string | undefined {
    if (links < 2) return undefined;
    const key = `${device} ${inode}`;
    const names = this.#names.get(key);
    if (!names) {
      this.#names.set(key, [path]);
      return undefined;
    }
    const isFirst = isAgain && !this.#packedAgain.has(key);
    if (isAgain) this.#packedAgain.add(key);
    if (!names.includes(path)) names.push(path);
    if (isFirst) names.unshift(...names.splice(names.indexOf(path), 1));
    return isFirst ? undefined : names[0];
  }

  /** These paths, and the other names of the same files: a file that is packed again must keep all its names. */
  withOtherNames(paths: ReadonlySet<string>): string[] {
    const others = [...this.#names.values()].filter((names) => names.some((name) => paths.has(name)));
    return [...paths, ...others.flat()];
  }
}
