import { expand } from '@pinky/funpack-runner/light';
import type { RconWay, TelnetWay } from '@pinky/protocol';
import { cannotTell, type ChannelOptions } from './channel.js';
import type { TcpAddress } from './tcp-talk.js';

/** Where a game listens for orders. Throws `order_failed` if the port is none. */
export function addressOf(way: RconWay | TelnetWay, { serverId, placeholders, clock }: ChannelOptions): TcpAddress {
  const text = typeof way.port === 'number' ? String(way.port) : expand(way.port, placeholders);
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw cannotTell(serverId, `orders.port is ${JSON.stringify(text)}, which is no port`);
  return { serverId, host: expand(way.host ?? '127.0.0.1', placeholders), port, clock };
}
