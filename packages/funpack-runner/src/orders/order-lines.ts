import { longForm, orderForm, type FunpackManifest, type OrderName, type OrderTemplate } from '@pinky/protocol';
import type { PlayerEntry } from '../dialect/players.js';
import type { Encoding } from '../dialect/encoding.js';
import { expand, type Placeholders } from '../launch/placeholders.js';
import { assertOrder, type Order } from './order.js';
import { jsonLine, textLine } from './own-words.js';
import { fillTemplate } from './template.js';

/** The knowledge with which an order is put into words. */
export interface Speaker {
  readonly manifest: FunpackManifest;
  readonly players: readonly PlayerEntry[];
  readonly placeholders: Placeholders;
  readonly encoding: Encoding;
}

/**
 * The lines that mean an order to the game, each without a line break. Undefined where the funpack does not offer it.
 * Throws `bad_text` for what the game would misread, and `no_such_player` where it wants the number of an unknown
 * player.
 */
export function orderLines(order: Order, speaker: Speaker): readonly string[] | undefined {
  const { manifest, players, placeholders, encoding } = speaker;
  assertOrder(order);
  if (order.type === 'stop') return stopLines(speaker);
  if (order.type !== 'set' && !offersOrder(order.type, manifest)) return undefined;
  if (order.type === 'set' && manifest.schema?.[order.setting]?.live === undefined) return undefined;
  const { send, escape = manifest.escape } = templateOf(order, manifest);
  if (send === undefined) return hasOwnWords(manifest) ? [ownWords(order, speaker)] : undefined;
  const filling = {
    at: order.type === 'set' ? `schema.${order.setting}.live` : `commands.${order.type}`,
    order,
    escape,
    players,
    placeholders,
    encoding,
  };
  return (typeof send === 'string' ? [send] : send).map((template) => fillTemplate(template, filling));
}

/** Whether the game can be told this, whoever it is about. */
export const offersOrder = (type: OrderName, manifest: FunpackManifest): boolean =>
  (!manifest.supports || manifest.supports.includes(type)) &&
  (longForm(manifest.commands?.[type]).send !== undefined || hasOwnWords(manifest));

/** The template of an order, in its long form: that of the setting for a change of one. */
export function templateOf(order: Order, { commands, schema }: FunpackManifest): OrderTemplate {
  if (order.type === 'stop') return {};
  if (order.type !== 'set') return longForm(commands?.[order.type]);
  const live = schema?.[order.setting]?.live;
  return longForm(live === true ? undefined : live);
}

/** Whether the game reads orders for which its funpack has no template: a program that was written for Pinky does. */
export const hasOwnWords = ({ run, orders }: Pick<FunpackManifest, 'run' | 'orders'>): boolean =>
  orderForm(orders) === 'json' || (run === undefined && orderForm(orders) === 'text');

const ownWords = (order: Order, { manifest, players }: Speaker): string =>
  orderForm(manifest.orders) === 'json' ? jsonLine(order, players) : textLine(order, players);

/** The lines that stop the game: every `send` in the manifest's `stop`, or the order `stop`. */
function stopLines(speaker: Speaker): readonly string[] {
  const { manifest, placeholders } = speaker;
  if (!manifest.stop) return [ownWords({ type: 'stop' }, speaker)];
  return manifest.stop.flatMap((step) => ('send' in step ? [expand(step.send, placeholders)] : []));
}
