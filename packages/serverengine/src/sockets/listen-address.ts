import { lookup } from 'node:dns/promises';
import { realpathSync } from 'node:fs';
import { isIP, SocketAddress } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import { PinkyError } from '@pinky/protocol/base';

/** An Internet port. `host` is an address or a name, by default `0.0.0.0`. `port` is 0 to 65535, 0 for any free one. */
export interface InternetAddress<Protocol extends 'tcp' | 'udp'> {
  readonly protocol: Protocol;
  readonly host?: string;
  readonly port: number;
}

export interface UnixAddress {
  readonly protocol: 'unix';
  readonly path: string;
}

/** An address as a worker asks for it. */
export type ListenAddress = InternetAddress<'tcp'> | InternetAddress<'udp'> | UnixAddress;

/** The same with the name looked up, ready to open a socket. */
export type ResolvedAddress =
  | UnixAddress
  | {
      readonly protocol: 'tcp' | 'udp';
      readonly host: string;
      readonly family: 4 | 6;
      readonly port: number;
    };

/** Checks an address that came from a worker, and looks up its name. `bad_option`: no socket can have this address. */
export async function resolveAddress(address: ListenAddress): Promise<ResolvedAddress> {
  if (address.protocol === 'unix') return { protocol: 'unix', path: checkPath(address.path) };
  const { protocol, port } = address;
  const host = checkHost(address.host);
  // Compared as text, because a worker written in JavaScript can ask for anything.
  if (!['tcp', 'udp'].includes(protocol)) throw new PinkyError('bad_option', `unknown protocol: ${String(protocol)}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new PinkyError('bad_option', `bad port ${String(port)}: 0 to 65535`);
  }
  // IPv4 first: `localhost` is 127.0.0.1, as in ServerEngine.
  const found = isIP(host) === 0 ? (await lookup(host, { verbatim: false })).address : host;
  return { protocol, ...oneSpelling(found), port };
}

/**
 * An address of IPv6 has many spellings, and is one socket. It keeps its zone (`fe80::1%eth0`), without which a local
 * address means nothing. One that only wraps an address of IPv4 (`::ffff:127.0.0.1`) is that address.
 */
function oneSpelling(host: string): { readonly host: string; readonly family: 4 | 6 } {
  if (isIP(host) === 4) return { host, family: 4 };
  const [address = '', zone] = host.split('%');
  const spelt = new SocketAddress({ address, family: 'ipv6' }).address;
  const [, wrapped] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(spelt) ?? [];
  if (wrapped !== undefined) return { host: wrapped, family: 4 };
  return { host: zone === undefined ? spelt : `${spelt}%${zone}`, family: 6 };
}

/** Two requests with the same key get one socket. Port 0 is a key too: all workers that ask for it share one port. */
export function addressKey(address: ResolvedAddress): string {
  if (address.protocol === 'unix') return `unix ${wholePath(address.path)}`;
  return `${address.protocol} ${address.host} ${address.port}`;
}

/** A path has many spellings, too. It is only compared, because a socket's path must be short. */
function wholePath(path: string): string {
  try {
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return resolve(path); // its folder is missing, and opening it will say so
  }
}

/** On Linux `sun_path` has 108 bytes, and the last one is a zero (unix(7)). */
const longestPath = 107;

function checkPath(path: unknown): string {
  const isText = typeof path === 'string' && path !== '' && !path.includes('\0');
  if (isText && Buffer.byteLength(path) <= longestPath) return path;
  throw new PinkyError('bad_option', `bad socket path ${JSON.stringify(path)}: 1 to ${longestPath} bytes, no NUL`);
}

/** Null means the default here too, as in a configuration. */
function checkHost(host: unknown): string {
  const wanted = host ?? '0.0.0.0';
  if (typeof wanted === 'string' && wanted !== '') return wanted;
  throw new PinkyError('bad_option', `bad host ${JSON.stringify(host)}: an address or a name`);
}
