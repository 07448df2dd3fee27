import type { VNode } from 'preact';
import type { ServerEvent } from '../api/types.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { Moment } from '../parts/moment.js';
import { ProblemNote } from '../parts/problem-note.js';
import { eventWords } from '../words/events.js';
import type { ServerTabProps } from './server-tab-props.js';

const lookMs = 3_000;
const shown = 200;

/** The events of a server, the newest first. */
export function HistoryTab({ box, server: { serverId } }: ServerTabProps): VNode {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/events?limit=${shown}`;
  const { value, problem } = useLoaded(() => box.client.get<{ events: ServerEvent[] }>(path), [serverId], lookMs);
  return html`<div>
    ${problem && html`<${ProblemNote} problem=${problem} />`}
    ${value?.events.length === 0 && html`<p class="empty">Nothing has happened yet.</p>`}
    <ol class="events">
      ${value?.events.toReversed().map((event) => html`
        <li class=${`event ${event.type}`}>
          <${Moment} at=${event.ts} /> <strong>${event.type.replaceAll('_', ' ')}</strong>
          <span class="quiet"> ${eventWords(event)}</span>
        </li>`)}
    </ol>
  </div>`;
}
