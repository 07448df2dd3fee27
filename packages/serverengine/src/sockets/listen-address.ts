import { lookup } from 'node:dns/promises';
import { isIP, SocketAddress } from 'node:net';
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
  const { protocol, host = '0.0.0.0', port } = address;
  // Compared as text, because a worker written in JavaScript can ask for anything.
  if (!['tcp', 'udp'].includes(protocol)) throw new PinkyError('bad_option', `unknown protocol: ${String(protocol)}`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new PinkyError('bad_option', `bad port ${String(port)}: 0 to 65535`);
  }
  const family = isIP(host);
  if (family === 4 || family === 6) return { protocol, host: oneSpelling(host, family), family, port };
  const found = await lookup(host, { verbatim: false }); // IPv4 first: `localhost` is 127.0.0.1, as in ServerEngine
  return { protocol, host: found.address, family: found.family === 6 ? 6 : 4, port };
}

/** An address of IPv6 has many spellings, and is one socket. */
const oneSpelling = (host: string, family: 4 | 6): string =>
  family === 6 ? new SocketAddress({ address: host, family: 'ipv6' }).address : host;

/** Two requests with the same key get one socket. Port 0 is a key too: all workers that ask for it share one port. */
export function addressKey(address: ResolvedAddress): string {
  return address.protocol === 'unix' ? `unix ${address.path}` : `${address.protocol} ${address.host} ${address.port}`;
}

/** On Linux `sun_path` has 108 bytes, and the last one is a zero (unix(7)). */
const longestPath = 107;

function checkPath(path: unknown): string {
  if (typeof path === 'string' && path !== '' && Buffer.byteLength(path) <= longestPath) return path;
  throw new PinkyError('bad_option', `bad socket path ${JSON.stringify(path)}: 1 to ${longestPath} bytes`);
}
