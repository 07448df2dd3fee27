import type { VNode } from 'preact';
import type { ServerEvent } from '../api/types.js';
import { CrashList } from '../crashes/crash-list.js';
import { EventList } from '../parts/event-list.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import type { ServerTabProps } from './server-tab-props.js';

const lookMs = 3_000;
const shown = 200;

/** The crashes of a server with their reports, and its events, the newest first. */
export function HistoryTab({ box, server: { serverId }, rest }: ServerTabProps): VNode {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/events?limit=${shown}`;
  const { value, problem } = useLoaded(() => box.client.get<{ events: ServerEvent[] }>(path), [serverId], lookMs);
  return html`<div>
    <${CrashList} box=${box} serverId=${serverId} open=${rest[0]} />
    ${problem && html`<${ProblemNote} problem=${problem} />`}
    ${value?.events.length === 0 && html`<p class="empty">Nothing has happened yet.</p>`}
    ${value && html`<${EventList} events=${value.events} />`}
  </div>`;
}
