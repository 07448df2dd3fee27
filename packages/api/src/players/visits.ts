import type { SeenEvent } from '../events/server-events.js';

/** One stay of a player. Times are ISO 8601. */
export interface Visit {
  readonly user: string;
  /** Absent: the player came before the oldest event that is kept. */
  readonly cameAt?: string;
  /** Absent: the player is connected. */
  readonly leftAt?: string;
}

/** The events that players are counted by. */
export const visitTypes: ReadonlySet<string> = new Set([
  'player_connected', 'player_disconnected', 'player_renamed', 'stopped', 'crashed', 'crash_loop',
]);

/** The visits that events tell of, the oldest first. A player who is there at a game's end leaves with it. */
export function visitsIn(events: readonly SeenEvent[]): Visit[] {
  const visits: Visit[] = [];
  const open = new Map<string, Visit>();
  const leave = (user: string, leftAt: string): void => {
    visits.push({ ...(open.get(user) ?? { user }), leftAt });
    open.delete(user);
  };
  for (const { type, ts, user, old_user: oldUser } of events) {
    const name = String(user);
    if (type === 'player_connected') open.set(name, open.get(name) ?? { user: name, cameAt: ts });
    else if (type === 'player_disconnected') leave(name, ts);
    else if (type === 'player_renamed') rename(open, String(oldUser), name);
    else for (const each of open.keys()) leave(each, ts);
  }
  const began = ({ cameAt = '' }: Visit): string => cameAt;
  return [...visits, ...open.values()].toSorted((a, b) => (began(a) < began(b) ? -1 : began(a) > began(b) ? 1 : 0));
}

function rename(open: Map<string, Visit>, from: string, to: string): void {
  const visit = open.get(from);
  if (!visit) return;
  open.delete(from);
  open.set(to, { ...visit, user: to });
}
