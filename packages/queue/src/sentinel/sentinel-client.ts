import { Redis } from 'ioredis';
import type { RedisAddress } from '../redis/address.js';
import { within } from '../redis/within.js';
import { silenceOf, type Silence } from './silence.js';

/** How long a Sentinel, or a server that one names, may take to connect and to answer, milliseconds. */
const deadlineMs = 1_000;

/** A server as Sentinels name it. */
export interface Place {
  readonly host: string;
  readonly port: number;
  /** The id of the Sentinel that names it, or its address where it tells none (before Redis 6.2). */
  readonly voter?: string;
}

export const isSame = (one: Place | undefined, other: Place | undefined): boolean =>
  one?.host === other?.host && one?.port === other?.port;

/** The answer of a Sentinel: a master, that it knows none by the name, or why it says nothing. */
export type Said = Place | 'unknown' | Silence;

/** A client for short questions. It fails at once instead of waiting or connecting again. */
function clientTo(to: Partial<Place> & Pick<RedisAddress, 'username' | 'password' | 'tls'>): Redis {
  const client = new Redis({
    ...to,
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

export function sentinelClient(address: RedisAddress, nth: number): Redis {
  const { sentinels, sentinelUsername, sentinelPassword, sentinelTLS } = address;
  return clientTo({
    ...sentinels?.[nth],
    ...(sentinelUsername !== undefined && { username: sentinelUsername }),
    ...(sentinelPassword !== undefined && { password: sentinelPassword }),
    ...(sentinelTLS && { tls: sentinelTLS }),
  });
}

/** Asks a Sentinel which server is the master, and who it is itself. Throws where it does not answer in time. */
export async function askMaster(client: Redis, name = ''): Promise<Place | undefined> {
  const asked = async (): Promise<readonly [unknown, unknown]> => {
    if (client.status === 'wait') await client.connect();
    return Promise.all([
      client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name),
      client.call('SENTINEL', 'MYID').catch(() => undefined), // too old, or not allowed to tell
    ]);
  };
  const [reply, id] = await within(asked(), deadlineMs);
  if (!reply) return undefined; // it does not know the name
  // The reply's shape is that of Redis's documentation of Sentinel.
  const [host, port] = reply as readonly [string, string];
  return { host, port: Number(port), voter: typeof id === 'string' ? id : addressOf(client) };
}

const addressOf = ({ options: { host = '', port = 0 } }: Redis): string => `${host.toLowerCase()}:${port}`;

/** The same for the nth Sentinel of an address, over a connection of its own. Never throws. */
export async function saidBy(address: RedisAddress, nth: number): Promise<Said> {
  const client = sentinelClient(address, nth);
  let heard: unknown; // ioredis tells the call only that the connection is closed
  client.on('error', (error) => { heard ??= error; });
  try {
    return (await askMaster(client, address.name)) ?? 'unknown';
  } catch (error) {
    return silenceOf(heard ?? error, address.sentinelPassword !== undefined);
  } finally {
    client.disconnect();
  }
}

/** Whether a server says of itself that it is a replica. */
export async function isReplica({ username, password, tls }: RedisAddress, place: Place): Promise<boolean> {
  const client = clientTo({
    ...place,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls }),
  });
  try {
    return await within(client.connect().then(() => client.info('replication')), deadlineMs).then((info) =>
      /^role:slave/m.test(info),
    );
  } catch {
    return false; // nobody knows
  } finally {
    client.disconnect();
  }
}
