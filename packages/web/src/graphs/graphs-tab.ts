import type { VNode } from 'preact';
import type { Client } from '../api/client.js';
import type { Graph } from '../api/types.js';
import { EventList } from '../parts/event-list.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { ProblemNote } from '../parts/problem-note.js';
import { hrefOf } from '../route.js';
import type { ServerTabProps } from '../server/server-tab-props.js';
import { CurveCharts } from './curve-charts.js';

const hourMs = 3_600_000;

/** How far back the graphs go, and how often they are looked at again, milliseconds. */
const ranges = [
  { name: '1h', words: '1 hour', ms: hourMs, lookMs: 30_000 },
  { name: '24h', words: '24 hours', ms: 24 * hourMs, lookMs: 60_000 },
  { name: '7d', words: '7 days', ms: 7 * 24 * hourMs, lookMs: 600_000 },
  { name: '30d', words: '30 days', ms: 30 * 24 * hourMs, lookMs: 600_000 },
] as const;

const points = 360;
/** Events that are listed below the graphs: the newest. */
const listed = 20;

/** The costs and players of a server over time, and what happened meanwhile. */
export function GraphsTab({ box, server: { serverId }, rest }: ServerTabProps): VNode {
  const range = ranges.find(({ name }) => name === rest[0]) ?? ranges[0];
  const load = () => loadGraph(box.client, serverId, range.ms);
  const { value, problem } = useLoaded(load, [serverId, range.name], range.lookMs);
  return html`
    <div>
      <div class="filters" role="group" aria-label="How far back">
        ${ranges.map(({ name, words }) => html`
          <a class="button" href=${hrefOf(serverId, 'graphs', [name])}
            aria-current=${name === range.name ? 'true' : undefined}>${words}</a>`)}
      </div>
      ${problem && !value && html`<${ProblemNote} problem=${problem} />`}
      ${value?.times.length === 0 && html`
        <p class="empty">Nothing was measured in this time. Figures are taken twice a minute while the game runs.</p>`}
      ${value && value.times.length > 0 && html`
        <${CurveCharts} key=${range.name} curve=${value} from=${value.from} to=${value.to} events=${value.events}
          memoryLimitBytes=${value.memoryLimitBytes} />`}
      ${value && value.events.length > 0 && html`
        <section><h2>What happened</h2><${EventList} events=${value.events.slice(-listed)} /></section>`}
    </div>`;
}

function loadGraph(client: Client, serverId: string, ms: number): Promise<Graph> {
  const now = Date.now();
  const query = new URLSearchParams({
    from: new Date(now - ms).toISOString(),
    to: new Date(now).toISOString(),
    points: String(points),
  });
  return client.get<Graph>(`/v1/servers/${encodeURIComponent(serverId)}/graph?${query.toString()}`);
}
