import type { Server } from '../api/types.js';
import { signOf } from '../words/states.js';

export const filters = ['all', 'up', 'down', 'attention'] as const;
export type Filter = (typeof filters)[number];

/** Whether somebody should look at a server. */
export const needsAttention = ({ state, wanted }: Pick<Server, 'state' | 'wanted'>): boolean =>
  signOf(state).rank < 2 || (wanted === 'up' && state === 'down');

/** The servers that are looked for: what needs attention first, then by name. */
export function arranged(servers: readonly Server[], filter: Filter, search: string): readonly Server[] {
  const text = search.trim().toLowerCase();
  return servers
    .filter((server) => isIn(server, filter))
    .filter(({ serverId, game, players }) =>
      [serverId, game, ...players].some((each) => each.toLowerCase().includes(text)))
    .toSorted((a, b) => rankOf(a) - rankOf(b) || a.serverId.localeCompare(b.serverId, undefined, { numeric: true }));
}

function isIn(server: Server, filter: Filter): boolean {
  switch (filter) {
    case 'all': return true;
    case 'up': return server.state === 'up';
    case 'down': return server.state === 'down';
    case 'attention': return needsAttention(server);
  }
}

const rankOf = (server: Server): number => (needsAttention(server) ? 0 : signOf(server.state).rank);
