import { randomBytes } from 'node:crypto';
import { spaceFor } from './disk-use.js';
import type { SpaceAccount } from './space-account.js';

/** `bytes` is what is known of it before it comes. */
export interface WantedSpace {
  readonly bytes: number;
  readonly replaced?: ReplacedFile;
}

/** A file that will be replaced, and the space that comes free then, bytes. */
export interface ReplacedFile {
  readonly inode: string;
  readonly bytes: number;
}

/**
 * The space that one piece of work takes while it is under way. So two that come at once do not each take what is left.
 * Without an account there is no limit.
 */
export class SpaceClaim {
  /** The name for what is being written, until it is whole. */
  readonly draft = `.pinky-${randomBytes(6).toString('hex')}.part`;
  #promised = 0;
  #isOver = false;

  private constructor(private readonly account: SpaceAccount | undefined, private readonly lent?: ReplacedFile) {
    account?.drafts.add(this.draft);
    if (lent) account?.lent.add(lent.inode);
  }

  /** Throws `over_quota`. */
  static async of(account: SpaceAccount | undefined, { bytes, replaced }: WantedSpace): Promise<SpaceClaim> {
    const isLent = replaced === undefined || account?.lent.has(replaced.inode) === true;
    const claim = new SpaceClaim(account, isLent ? undefined : replaced);
    try {
      const needed = claim.#neededFor(bytes);
      await account?.promise(needed);
      claim.#promised = needed;
      return claim;
    } catch (error) {
      claim.end();
      throw error;
    }
  }

  /** How many bytes can be written. Undefined where there is no limit. */
  get mostBytes(): number | undefined {
    return this.account && this.account.freeBytes + this.#promised + (this.lent?.bytes ?? 0);
  }

  /** The work has that many bytes by now, which may be more than was claimed. Throws `over_quota`. */
  reach(bytes: number): void {
    const more = this.#neededFor(bytes) - this.#promised;
    if (more <= 0) return;
    this.account?.promiseNow(more);
    this.#promised += more;
  }

  /** The same; the files are counted again before it is refused. */
  async ensure(bytes: number): Promise<void> {
    const more = this.#neededFor(bytes) - this.#promised;
    if (more <= 0) return;
    await this.account?.promise(more);
    this.#promised += more;
  }

  /** The work is done and has taken that many bytes. `freed` came free by what it has replaced. */
  keep(bytes: number, freed = 0): void {
    if (this.#isOver) return;
    this.end();
    this.account?.change(spaceFor(bytes) - freed);
  }

  /** Gives back what was claimed, unless it was kept. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.account?.drafts.delete(this.draft);
    if (this.lent) this.account?.lent.delete(this.lent.inode);
    this.account?.release(this.#promised);
  }

  #neededFor(bytes: number): number {
    return Math.max(0, spaceFor(bytes) - (this.lent?.bytes ?? 0));
  }
}
