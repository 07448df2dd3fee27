import { isIP, type Socket } from 'node:net';
import type { Redis } from 'ioredis';
import type { RedisAddress } from '../redis/address.js';
import { askMaster, sentinelClient, type Place } from './sentinel-client.js';
import { majorityOf, votersIn } from './votes.js';

/**
 * Asks all Sentinels which server is the master. One that was replaced by order (`SENTINEL FAILOVER`) takes writes for
 * ten seconds more, until the Sentinels tell it that it is a replica, and all of these are lost.
 */
export class MasterWatch {
  readonly #clients: (Redis | undefined)[] = [];
  readonly #silent = new Set<number>();

  constructor(private readonly address: RedisAddress) {}

  /** Whether most of the Sentinels name another server than the one at the other end of the socket. */
  async namesAnother({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): Promise<boolean> {
    const master = await this.#master();
    if (!master || remoteAddress === undefined) return false;
    const isOtherHost = isIP(master.host) !== 0 && master.host !== remoteAddress.replace(/^::ffff:/, '');
    return master.port !== remotePort || isOtherHost;
  }

  /** The Sentinels that gave no answer when they were asked last, as `host:port`. */
  get silent(): readonly string[] {
    const { sentinels = [] } = this.address;
    return sentinels.filter((_, nth) => this.#silent.has(nth)).map(({ host, port }) => `${host}:${port}`);
  }

  end(): void {
    for (const client of this.#clients) client?.disconnect();
    this.#clients.length = 0;
  }

  /** Undefined unless most agree: one that is cut off from the others may name a master of yesterday. */
  async #master(): Promise<Place | undefined> {
    const { sentinels = [] } = this.address;
    const named = await Promise.all(sentinels.map((_, nth) => this.#ask(nth)));
    return majorityOf(named, votersIn(named));
  }

  async #ask(nth: number): Promise<Place | undefined> {
    const client = (this.#clients[nth] ??= sentinelClient(this.address, nth));
    try {
      const named = await askMaster(client, this.address.name);
      this.#silent.delete(nth);
      return named;
    } catch {
      client.disconnect();
      this.#silent.add(nth);
      this.#clients[nth] = undefined; // away; the next look connects again
      return undefined;
    }
  }
}
