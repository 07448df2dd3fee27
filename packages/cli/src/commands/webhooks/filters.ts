import type { WebhookInput } from '@pinky/protocol';
import { listFlag, textFlag, type Flags } from '../../command-line/context.js';

/** Name, types and servers, as far as they were given. Several may stand in one, with commas between them. */
export function filtersOf(flags: Flags): Pick<WebhookInput, 'name' | 'events' | 'servers'> {
  const name = textFlag(flags, 'name');
  const [events, servers] = [partsOf(listFlag(flags, 'event')), partsOf(listFlag(flags, 'server'))];
  return {
    ...(name !== undefined && { name }),
    ...(events.length > 0 && { events }),
    ...(servers.length > 0 && { servers }),
  };
}

const partsOf = (given: readonly string[]): readonly string[] =>
  given.flatMap((text) => text.split(',')).map((text) => text.trim()).filter((text) => text !== '');
