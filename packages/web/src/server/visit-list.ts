import type { VNode } from 'preact';
import type { Box } from '../api/box.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { Moment } from '../parts/moment.js';
import { spanText } from '../words/format.js';

export interface Visit {
  readonly user: string;
  readonly cameAt?: string;
  readonly leftAt?: string;
}

const dayMs = 86_400_000;
const daysBack = 30;
const lookMs = 10_000;
/** Visits that are listed: the newest. */
const listed = 50;

/** The players who were here, the newest first, and for how long. */
export function VisitList({ visits: all }: { readonly visits: readonly Visit[] }): VNode | null {
  const visits = all.filter(({ leftAt }) => leftAt !== undefined).slice(0, listed);
  if (visits.length === 0) return null;
  return html`
    <section class="visits" aria-label="Who was here">
      <h2>Who was here</h2>
      <ul class="events">
        ${visits.map(({ user, cameAt, leftAt = '' }) => html`
          <li>
            <${Moment} at=${leftAt} /> <strong>${user}</strong>
            <span class="quiet"> ${cameAt && `for ${spanText(Date.parse(leftAt) - Date.parse(cameAt))}`}</span>
          </li>`)}
      </ul>
    </section>`;
}

/** The visits of the last month, the newest first. */
export function useVisits(box: Box, serverId: string): readonly Visit[] {
  const load = () => loadVisits(box, serverId, new Date(Date.now() - daysBack * dayMs).toISOString());
  return useLoaded(load, [serverId], lookMs).value ?? [];
}

/** The visits that had not ended before a moment. */
export async function loadVisits({ client }: Box, serverId: string, since: string): Promise<readonly Visit[]> {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/players?since=${encodeURIComponent(since)}`;
  return (await client.get<{ visits: readonly Visit[] }>(path)).visits;
}
