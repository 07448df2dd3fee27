import { useEffect } from 'preact/hooks';
import type { Box } from '../api/box.js';
import { problemOf } from '../api/problem.js';
import type { ServerEvent } from '../api/types.js';
import { markOf, type EventMark } from './event-marks.js';
import type { ConsoleScreen } from './terminal.js';

/** Between two looks at the events, milliseconds. */
const lookMs = 2_000;
/** Events of one look. */
const limit = 500;
/** Marks that wait for their lines at most. The oldest are dropped: their lines are not on the screen. */
const mostWaiting = 500;

/** Marks the lines of the screen that became events, as long as the console is open. */
export function useMarks(
  box: Box,
  serverId: string,
  screen: { readonly current: ConsoleScreen | undefined },
): void {
  useEffect(() => {
    let isOver = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last: string | undefined;
    let waiting: readonly EventMark[] = [];
    const look = async (): Promise<void> => {
      const events = await eventsBehind(box, serverId, last).catch((failure: unknown) => {
        if (problemOf(failure).code === 'too_old') last = undefined;
        return []; // the next look has them
      });
      last = events.map(({ id }) => String(id)).at(-1) ?? last;
      waiting = [...waiting, ...events.flatMap((event) => markOf(event) ?? [])].slice(-mostWaiting);
      const { current } = screen;
      if (current && !isOver) waiting = waiting.filter((mark) => !current.mark(mark));
      if (!isOver) timer = setTimeout(() => void look(), lookMs);
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [box, serverId]);
}

async function eventsBehind(box: Box, serverId: string, last: string | undefined): Promise<readonly ServerEvent[]> {
  const query = new URLSearchParams({ limit: String(limit), ...(last !== undefined && { after: last }) });
  const path = `/v1/servers/${encodeURIComponent(serverId)}/events?${query.toString()}`;
  return (await box.client.get<{ events: readonly ServerEvent[] }>(path)).events;
}
