import { isIP } from 'node:net';
import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';
import { readTlsFiles, type TlsFiles } from '../refusal/tls-files.js';
import { badAddress, databaseOf, decoded } from './address-text.js';
import { isSentinelAddress, parseSentinelAddress, type SentinelHost } from '../sentinel/sentinel-address.js';

export { maskedAddress, withoutSecrets } from './address-text.js';
export { sentinelAddress, type SentinelSetup } from '../sentinel/sentinel-address.js';

/** The address of a Redis server, in the spelling of ioredis. How a connection behaves is no part of it. */
export interface RedisAddress {
  readonly host?: string;
  readonly port?: number;
  /** A Unix socket, instead of host and port. */
  readonly path?: string;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
  readonly tls?: RedisTls;
  /** Sentinels, which know the master by its name, instead of host and port. */
  readonly sentinels?: SentinelHost[];
  readonly name?: string;
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  readonly sentinelTLS?: RedisTls;
  readonly enableTLSForSentinelMode?: boolean;
}

/** The options of TLS, in the spelling of Node's `tls.connect`. */
export interface RedisTls extends TlsFiles {
  readonly servername?: string;
}

type RedisPart = Pick<BoxConfig, 'home' | 'redis' | 'redisPassword' | 'redisTls'>;

/**
 * How to reach the box's Redis, with the present content of the files that `redis_tls` names. Throws `bad_option` where
 * the address is none, or where a file is not what it should be. Its sentence never repeats the address, because that
 * may hold a password.
 */
export function redisOptions(config: RedisPart): RedisAddress {
  const address = redisAddress(config);
  if (address.tls === undefined) return address;
  const tls = { ...address.tls, ...optionsOfTls(config.redisTls ?? {}) };
  return { ...address, tls, ...(address.sentinels && { sentinelTLS: tls }) };
}

/**
 * Where the box's Redis is: `config.redis`, or else the private server in the box's home. Understands `redis://` and
 * `rediss://` addresses, `redis+sentinel://`, `tcp:host:port`, `tcp://…`, and the path of a socket (`/run/redis.sock`,
 * `unix:///run/redis.sock`), each with user, password and `/db` or `?db=`. Reads no file. Throws `bad_option`.
 */
export function redisAddress(config: RedisPart): RedisAddress {
  if (config.redis !== undefined) return parseRedisAddress(config.redis);
  return {
    path: boxPaths(config.home).redisSocket,
    ...(config.redisPassword !== undefined && { password: config.redisPassword }),
  };
}

export function parseRedisAddress(address: string): RedisAddress {
  if (isSentinelAddress(address)) return parseSentinelAddress(address);
  const url = asUrl(address.trim());
  // A password with one of these signs ends the host too early: another server would be asked.
  if (url.hash !== '' || url.search.includes('@')) throw badAddress('it holds a # or ? before its host');
  const db = databaseOf(url.searchParams.get('db') ?? (url.protocol === 'unix:' ? '' : url.pathname.replace('/', '')));
  const common = {
    ...(url.username !== '' && { username: decoded(url.username) }),
    ...passwordOf(url),
    ...(db !== undefined && { db }),
  };
  if (url.protocol === 'unix:') return { path: decoded(url.pathname), ...common };
  if (url.hostname === '') throw badAddress('it names no host');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: url.port === '' ? 6379 : Number(url.port),
    ...common,
    ...(url.protocol === 'rediss:' && { tls: serverName(host) }),
  };
}

/** TLS knows names of servers only (RFC 6066): an IP address is compared without one. */
const serverName = (host: string): RedisTls => (isIP(host) === 0 ? { servername: host } : {});

function optionsOfTls(redisTls: NonNullable<BoxConfig['redisTls']>): RedisTls {
  const { serverName: servername } = redisTls;
  return { ...readTlsFiles(redisTls), ...(servername !== undefined && { servername }) };
}

function asUrl(address: string): URL {
  try {
    if (address.startsWith('/')) return new URL(`unix://socket${address}`);
    // A URL with a user needs a host, and a socket has none. It gets one that nobody reads.
    if (address.startsWith('unix://')) return new URL(address.replace(/^unix:\/\/([^@/]*@)?(?=\/)/, 'unix://$1socket'));
    if (/^rediss?:\/\//.test(address)) return new URL(address);
    const bare = /^(?:tcp:)?(?:\/\/)?(.+)$/.exec(address)?.[1];
    if (bare === undefined || /^[a-z]+:\/\//.test(bare)) throw badAddress('its scheme is unknown');
    return new URL(`redis://${bare}`);
  } catch (cause) {
    if (cause instanceof PinkyError) throw cause;
    throw badAddress('it is not an address');
  }
}

function passwordOf(url: URL): { password?: string } {
  const password = url.password === '' ? url.searchParams.get('password') : decoded(url.password);
  return password === null || password === '' ? {} : { password };
}
