import type { Funpack, LaunchContext } from '@pinky/funpack-runner/light';
import { assertNever, orderWay, type OrderWay } from '@pinky/protocol';
import type { Channel, ChannelOptions } from './channel.js';
import { OrderFifo } from './order-fifo.js';
import { OrderProgram } from './order-program.js';
import { Rcon } from './rcon.js';
import { Telnet } from './telnet.js';

/** The way of orders to a game. Undefined: its stdin. bin/order comes before what funpack.json says. */
export const wayOf = ({ manifest, has }: Funpack): OrderWay | undefined =>
  has.order ? { via: 'program' } : orderWay(manifest.orders);

/** The channel to a game that does not read its stdin. */
export function openChannel(
  way: OrderWay,
  { funpack, context }: { readonly funpack: Funpack; readonly context: LaunchContext },
  options: ChannelOptions,
): Channel {
  switch (way.via) {
    case 'rcon': return new Rcon(way, options);
    case 'telnet': return new Telnet(way, options);
    case 'fifo': return new OrderFifo(way, context.workingDir, options);
    case 'program': return new OrderProgram(funpack, context, options);
    default: return assertNever(way);
  }
}
