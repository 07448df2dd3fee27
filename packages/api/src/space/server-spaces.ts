import type { BoxConfig, Clock } from '@pinky/protocol';
import { ServerFolder } from '../files/server-folder.js';
import { SpaceAccount } from './space-account.js';
import { SpaceClaim, type WantedSpace } from './space-claim.js';

/** How much of its disk space a server uses. */
export interface Space {
  /** Absent while it is counted for the first time. */
  readonly usedBytes?: number;
  readonly limitBytes: number;
}

/** How long an answer waits for the first count of a server, milliseconds. */
const firstCountMs = 300;

/** The space that the files of each server may take (`limits.disk`). Without that limit nothing is counted. */
export class ServerSpaces {
  readonly #accounts = new Map<string, SpaceAccount>();

  constructor(private readonly config: () => BoxConfig, private readonly clock: Clock) {}

  /**
   * Does a piece of work in space that is claimed for it; the work says what it has kept of it. Throws `over_quota`,
   * `not_found` and what the work throws.
   */
  async use<T>(serverId: string, wanted: WantedSpace, work: (claim: SpaceClaim) => Promise<T>): Promise<T> {
    const claim = await SpaceClaim.of(this.#accountOf(serverId), wanted);
    try {
      return await work(claim);
    } finally {
      claim.end();
    }
  }

  /** Notes that so many bytes came free. */
  freed(serverId: string, bytes: number): void {
    this.#accounts.get(serverId)?.change(-bytes);
  }

  /** Undefined where there is no limit. */
  async of(serverId: string): Promise<Space | undefined> {
    const account = this.#accountOf(serverId);
    if (!account) return undefined;
    const over = new AbortController();
    const counted = account.freshen().finally(() => over.abort());
    await Promise.race([counted, this.clock.rest(firstCountMs, over.signal)]);
    const { usedBytes } = account;
    return { limitBytes: account.limitBytes, ...(usedBytes !== undefined && { usedBytes }) };
  }

  get #limit(): number | undefined {
    return this.config().limits?.diskBytes;
  }

  #accountOf(serverId: string): SpaceAccount | undefined {
    if (this.#limit === undefined) {
      this.#accounts.clear(); // nobody notes changes while there is no limit
      return undefined;
    }
    const account = this.#accounts.get(serverId) ?? new SpaceAccount({
      serverId,
      root: () => ServerFolder.of(this.config(), serverId),
      limit: () => this.#limit ?? Number.POSITIVE_INFINITY, // it may be taken away meanwhile
      clock: this.clock,
    });
    this.#accounts.set(serverId, account);
    return account;
  }
}
