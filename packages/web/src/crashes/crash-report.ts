import type { VNode } from 'preact';
import type { Box } from '../api/box.js';
import type { CrashReport } from '../api/types.js';
import { CurveCharts } from '../graphs/curve-charts.js';
import { EventList } from '../parts/event-list.js';
import { html } from '../parts/html.js';
import { useLoaded } from '../parts/loaded.js';
import { Moment } from '../parts/moment.js';
import { ProblemNote } from '../parts/problem-note.js';
import { bytesText, spanText } from '../words/format.js';

interface CrashReportProps {
  readonly box: Box;
  readonly serverId: string;
  readonly id: string;
}

const beforeMs = 30 * 60_000;

/** The last lines of a game that crashed, its costs, and the events before. */
export function CrashReportView({ box, serverId, id }: CrashReportProps): VNode {
  const path = `/v1/servers/${encodeURIComponent(serverId)}/crashes/${encodeURIComponent(id)}`;
  const { value, problem } = useLoaded(() => box.client.get<CrashReport>(path), [path]);
  if (problem) return html`<${ProblemNote} problem=${problem} />`;
  if (!value) return html`<p class="quiet">Reading it</p>`;
  const { at, lastLines, threads, stacks, memory, curve, restartInMs } = value;
  const from = new Date(Date.parse(at) - beforeMs).toISOString();
  const again = restartInMs === 0 ? 'at once' : `after ${spanText(restartInMs ?? 0)}`;
  return html`
    <div class="report">
      ${restartInMs !== undefined && html`
        <p class="quiet">It was launched again ${again}.</p>`}
      ${memory && html`
        <p>It had used ${bytesText(memory.peakBytes)} of its ${bytesText(memory.limitBytes)}. Give it more memory, or
          find out why it grows.</p>`}
      ${lastLines.length > 0
        ? html`<pre tabindex="0" aria-label="What the game said last">${lastLines.join('\n')}</pre>`
        : html`<p class="quiet">The game had said nothing.</p>`}
      <${Hidden} summary="Its own stacks" lines=${stacks} />
      <${Hidden} summary="Its threads, as the kernel knew them" lines=${threads} />
      ${curve.times.length > 0 && html`
        <${CurveCharts} curve=${curve} from=${from} to=${at} events=${value.events}
          memoryLimitBytes=${memory?.limitBytes} />`}
      <${Before} report=${value} />
    </div>`;
}

/** Lines that only few want to see. */
function Hidden({ summary, lines = [] }: { readonly summary: string; readonly lines?: readonly string[] }): VNode {
  return html`${lines.length > 0 && html`
    <details><summary>${summary}</summary><pre tabindex="0">${lines.join('\n')}</pre></details>`}`;
}

function Before({ report: { events, changes } }: { readonly report: CrashReport }): VNode {
  return html`
    <div>
      ${changes.length > 0 && html`
        <p>Asked for before: ${changes.map(({ at, command, state }) => html`
          <span class="change">${command} (${state}, <${Moment} at=${at} />) </span>`)}</p>`}
      ${events.length > 0 && html`<details><summary>Events before it</summary>
        <${EventList} events=${events} /></details>`}
    </div>`;
}
