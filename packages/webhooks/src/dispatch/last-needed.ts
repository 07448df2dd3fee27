import type { Lane } from './lane.js';

/**
 * The last entry of the outbox that no endpoint needs again. `+` where all are turned off: nobody holds up the outbox
 * who does not take anything. Undefined while one has not read where it is.
 */
export function lastNeeded(lanes: readonly Pick<Lane, 'cursor' | 'endpoint'>[]): string | undefined {
  const cursors = lanes.filter(({ endpoint }) => endpoint.isEnabled).map(({ cursor }) => cursor);
  let least: string | undefined = '+';
  for (const cursor of cursors) {
    if (cursor === undefined) return undefined;
    if (least === '+' || isBefore(cursor, least)) least = cursor;
  }
  return least;
}

/** Ids of entries are `<milliseconds>-<number>`. */
function isBefore(a: string, b: string): boolean {
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs < bMs || (aMs === bMs && aSeq < bSeq);
}
