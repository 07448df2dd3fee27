import type { Server } from '../api/types.js';
import { signOf } from '../words/states.js';

export const filters = ['all', 'up', 'down', 'attention'] as const;
export type Filter = (typeof filters)[number];

/** Whether somebody should look at a server. */
export const needsAttention = ({ state, wanted }: Pick<Server, 'state' | 'wanted'>): boolean =>
  signOf(state).rank < 2 || (wanted === 'up' && state === 'down');

/** Made once: making one for each comparison costs more than the comparison. */
const names = new Intl.Collator(undefined, { numeric: true });

/** The servers that are looked for: what needs attention first, then by name. */
export function arranged(servers: readonly Server[], filter: Filter, search: string): readonly Server[] {
  const text = search.trim().toLowerCase();
  return servers
    .filter((server) => isIn(server, filter))
    .filter(({ serverId, game, players }) =>
      [serverId, game, ...players].some((each) => each.toLowerCase().includes(text)))
    .toSorted((a, b) => rankOf(a) - rankOf(b) || names.compare(a.serverId, b.serverId));
}

/** How many servers a filter shows, whatever is searched for. */
export const countOf = (servers: readonly Server[], filter: Filter): number =>
  servers.filter((server) => isIn(server, filter)).length;

function isIn(server: Server, filter: Filter): boolean {
  switch (filter) {
    case 'all': return true;
    case 'up': return server.state === 'up';
    case 'down': return server.state === 'down';
    case 'attention': return needsAttention(server);
  }
}

const rankOf = (server: Server): number => (needsAttention(server) ? 0 : signOf(server.state).rank);
