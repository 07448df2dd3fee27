import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';

/** The address of a Redis server, in the spelling of ioredis. How a connection behaves is no part of it. */
export interface RedisAddress {
  readonly host?: string;
  readonly port?: number;
  /** A Unix socket, instead of host and port. */
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: { readonly servername: string };
}

/**
 * Where the box's Redis is: `config.redis`, or else the private server in the box's home. Understands `redis://` and
 * `rediss://` addresses, `tcp:host:port`, `tcp://…`, and the path of a socket (`/run/redis.sock`,
 * `unix:///run/redis.sock`), each with user, password and `/db` or `?db=`. Throws `bad_option`. Its sentence never
 * repeats the address, because that may hold a password.
 */
export function redisOptions(config: Pick<BoxConfig, 'home' | 'redis' | 'redisPassword'>): RedisAddress {
  if (config.redis !== undefined) return parseRedisAddress(config.redis);
  return {
    path: boxPaths(config.home).redisSocket,
    ...(config.redisPassword !== undefined && { password: config.redisPassword }),
  };
}

export function parseRedisAddress(address: string): RedisAddress {
  const url = asUrl(address.trim());
  const db = dbOf(url);
  const common = {
    ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
    ...passwordOf(url),
    ...(db !== undefined && { db }),
  };
  if (url.protocol === 'unix:') return { path: decodeURIComponent(url.pathname), ...common };
  if (url.hostname === '') throw bad('it names no host');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: url.port === '' ? 6379 : Number(url.port),
    ...common,
    ...(url.protocol === 'rediss:' && { tls: { servername: host } }),
  };
}

/** A text of others without the password, which must not appear in a log, an error or a title. */
export function withoutSecrets(text: string, address: RedisAddress): string {
  const secret = address.password;
  return secret !== undefined && secret !== '' ? text.replaceAll(secret, '…') : text;
}

function asUrl(address: string): URL {
  try {
    if (address.startsWith('/')) return new URL(`unix://socket${address}`);
    // A URL with a user needs a host, and a socket has none. It gets one that nobody reads.
    if (address.startsWith('unix://')) return new URL(address.replace(/^unix:\/\/([^@/]*@)?(?=\/)/, 'unix://$1socket'));
    if (/^rediss?:\/\//.test(address)) return new URL(address);
    const bare = /^(?:tcp:)?(?:\/\/)?(.+)$/.exec(address)?.[1];
    if (bare === undefined || /^[a-z]+:\/\//.test(bare)) throw bad('its scheme is unknown');
    return new URL(`redis://${bare}`);
  } catch (cause) {
    if (cause instanceof PinkyError) throw cause;
    throw bad('it is not an address');
  }
}

function passwordOf(url: URL): { password?: string } {
  const password = url.password === '' ? url.searchParams.get('password') : decodeURIComponent(url.password);
  return password === null || password === '' ? {} : { password };
}

function dbOf(url: URL): number | undefined {
  const text = url.searchParams.get('db') ?? (url.protocol === 'unix:' ? '' : url.pathname.replace(/^\//, ''));
  if (text === '') return undefined;
  if (!/^\d{1,5}$/.test(text)) throw bad('its database is not a number');
  return Number(text);
}

const bad = (why: string): PinkyError =>
  new PinkyError(
    'bad_option',
    `redis: ${why}; use redis://[user:password@]host:port[/db], rediss://…, tcp:host:port or the path of a socket`,
  );
