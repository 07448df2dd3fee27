import { isIP, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import type { RedisAddress } from '../redis/address.js';

/** How long a Sentinel may take to connect and to answer, milliseconds. */
const deadlineMs = 1_000;

interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * Asks all Sentinels which server is the master. One that was replaced by order (`SENTINEL FAILOVER`) takes writes for
 * ten seconds more, until the Sentinels tell it that it is a replica, and all of these are lost.
 */
export class MasterWatch {
  readonly #clients: (Redis | undefined)[] = [];

  constructor(private readonly address: RedisAddress) {}

  /** Whether most of the Sentinels name another server than the one at the other end of the socket. */
  async namesAnother({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): Promise<boolean> {
    const master = await this.#master();
    if (!master || remoteAddress === undefined) return false;
    const isOtherHost = isIP(master.host) !== 0 && master.host !== remoteAddress.replace(/^::ffff:/, '');
    return master.port !== remotePort || isOtherHost;
  }

  end(): void {
    for (const client of this.#clients) client?.disconnect();
    this.#clients.length = 0;
  }

  /** Undefined unless most agree: one that is cut off from the others may name a master of yesterday. */
  async #master(): Promise<Place | undefined> {
    const { sentinels = [] } = this.address;
    const named = await Promise.all(sentinels.map((_, nth) => this.#ask(nth)));
    const votes = (one: Place): number =>
      named.filter((other) => other?.host === one.host && other.port === one.port).length;
    return named.find((one) => one && votes(one) > sentinels.length / 2);
  }

  async #ask(nth: number): Promise<Place | undefined> {
    const client = (this.#clients[nth] ??= this.#clientFor(nth));
    try {
      if (client.status === 'wait') await client.connect();
      // The reply's shape is that of Redis's documentation of Sentinel; null for a name that it does not know.
      const reply = (await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.address.name ?? '')) as
        | readonly [string, string]
        | null;
      return reply ? { host: reply[0], port: Number(reply[1]) } : undefined;
    } catch {
      client.disconnect();
      this.#clients[nth] = undefined; // away; the next look connects again
      return undefined;
    }
  }

  #clientFor(nth: number): Redis {
    const { sentinels, sentinelUsername, sentinelPassword, sentinelTLS } = this.address;
    const client = new Redis({
      ...sentinels?.[nth],
      ...(sentinelUsername !== undefined && { username: sentinelUsername }),
      ...(sentinelPassword !== undefined && { password: sentinelPassword }),
      ...(sentinelTLS && { tls: sentinelTLS }),
      lazyConnect: true,
      enableReadyCheck: false,
      enableOfflineQueue: false,
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
      connectTimeout: deadlineMs,
      commandTimeout: deadlineMs,
    });
    client.on('error', () => undefined); // its answer is missing, and that says enough
    return client;
  }
}
