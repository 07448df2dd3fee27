import { PinkyError, type Clock } from '@pinky/protocol';
import type { ServerFolder } from '../files/server-folder.js';
import { diskUse } from './disk-use.js';

/** The files of a server are counted again after this much time, since its game writes too. Milliseconds. */
const countAgainMs = 10_000;
/** The same where something would be refused. */
const doubtedMs = 500;
/** Counting may take one part in so many of the time. */
const usualShare = 20;
const doubtedShare = 4;

export interface SpaceAccountOptions {
  readonly serverId: string;
  /** The files as they lie now. */
  readonly root: () => ServerFolder;
  /** Bytes. */
  readonly limit: () => number;
  readonly clock: Pick<Clock, 'now'>;
}

/**
 * The space of one server: what was counted, what was made and removed since, and what is promised to work under way.
 * All is in bytes. A count walks through every file, so it is made now and then only.
 */
export class SpaceAccount {
  /** The names of what is being written. It is promised already, so it is not counted. */
  readonly drafts = new Set<string>();
  /** The files that will be replaced, by their inodes: the space of each is lent to one piece of work. */
  readonly lent = new Set<string>();
  #counted: number | undefined;
  #changed = 0;
  #madeMeanwhile = 0;
  #promised = 0;
  #countedAt = 0;
  #tookMs = 0;
  #root = '';
  #counting: Promise<void> | undefined;

  constructor(private readonly options: SpaceAccountOptions) {}

  /** Undefined before the first count. */
  get usedBytes(): number | undefined {
    return this.#counted === undefined ? undefined : Math.max(0, this.#counted + this.#changed);
  }

  get limitBytes(): number {
    return this.options.limit();
  }

  get freeBytes(): number {
    return this.limitBytes - (this.usedBytes ?? 0) - this.#promised;
  }

  /** Promises space. Where it seems to be missing, the files are counted again. Throws `over_quota`. */
  async promise(bytes: number): Promise<void> {
    await this.freshen();
    if (this.#isTooMuch(bytes)) await this.#countUnlessLately(doubtedMs, doubtedShare);
    this.promiseNow(bytes);
  }

  /** The same by what is known already. */
  promiseNow(bytes: number): void {
    if (this.#isTooMuch(bytes)) throw this.#refusal(bytes);
    this.#promised += bytes;
  }

  /** Nothing more is never too much, also where the game itself has gone beyond the limit. */
  #isTooMuch(bytes: number): boolean {
    return bytes > 0 && bytes > this.freeBytes;
  }

  release(bytes: number): void {
    this.#promised -= bytes;
  }

  /** Notes what was made, or removed where it is below 0. */
  change(bytes: number): void {
    this.#changed += bytes;
    this.#madeMeanwhile += Math.max(0, bytes);
  }

  /** Has the files counted where that is due. Waits for it only where nothing is known of them yet. */
  async freshen(): Promise<void> {
    const counting = this.#countUnlessLately(countAgainMs, usualShare);
    if (this.#counted === undefined) await counting;
    else counting.catch(() => undefined); // the next one that waits for a count has its failure
  }

  async #countUnlessLately(restMs: number, share: number): Promise<void> {
    const root = this.options.root();
    const { identity } = root;
    const isOther = identity !== this.#root; // a restore, say, has put another folder in its place
    const age = this.options.clock.now() - this.#countedAt;
    const isDue = this.#counted === undefined || isOther || age >= Math.max(restMs, share * this.#tookMs);
    if (this.#counting || !isDue) root.close();
    else {
      if (isOther) this.#counted = undefined;
      this.#root = identity;
      this.#counting = this.#count(root).finally(() => { this.#counting = undefined; });
    }
    await this.#counting;
  }

  async #count(root: ServerFolder): Promise<void> {
    const { clock } = this.options;
    const begunAt = clock.now();
    this.#madeMeanwhile = 0;
    try {
      const counted = await diskUse(root.path('.'), (name) => this.drafts.has(name));
      this.#counted = counted;
      // A count may have seen what was made or removed meanwhile, or not: the more counts, until the next time.
      this.#changed = this.#madeMeanwhile;
      this.#countedAt = clock.now();
      this.#tookMs = this.#countedAt - begunAt;
    } finally {
      root.close();
    }
  }

  #refusal(neededBytes: number): PinkyError {
    const { limitBytes } = this;
    const usedBytes = (this.usedBytes ?? 0) + this.#promised;
    return new PinkyError(
      'over_quota',
      `the files of server ${this.options.serverId} take ${sizeText(usedBytes)} of the ${sizeText(limitBytes)} that ` +
        `they may (\`limits.disk\`): ${sizeText(neededBytes)} more do not fit`,
      { details: { usedBytes, limitBytes, neededBytes } },
    );
  }
}

const units = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `1.5 GiB`. */
function sizeText(bytes: number): string {
  let size = bytes / 1024;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${Number(size.toFixed(1))} ${units[unit]}`;
}
