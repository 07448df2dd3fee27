import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Curve, ServerEvent } from '../api/types.js';
import { html } from '../parts/html.js';
import { useTheme } from '../parts/theme.js';
import { bytesText, exactText } from '../words/format.js';
import type { Chart, ChartData } from './chart.js';

interface CurveChartsProps {
  readonly curve: Curve;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly events: readonly ServerEvent[];
  readonly memoryLimitBytes?: number | undefined;
}

type Kit = typeof import('./chart.js');

interface Figure {
  readonly title: string;
  readonly values: readonly (number | null)[];
  readonly text: (value: number) => string;
  readonly top: number;
  readonly limit?: number | undefined;
}

const percentText = (value: number): string => `${Math.round(value)} %`;
const countText = (value: number): string => (Number.isInteger(value) ? String(value) : '');
const mebi = 2 ** 20;

/** Processor, memory and players, one below the other on one axis of time. The charts' code comes when it is needed. */
export function CurveCharts({ curve, from, to, events, memoryLimitBytes }: CurveChartsProps): VNode {
  const [kit, setKit] = useState<Kit>();
  const [hovered, setHovered] = useState<number>();
  const theme = useTheme();
  useEffect(() => void import('./chart.js').then(setKit), []);
  const figures: readonly Figure[] = [
    { title: 'Processor', values: curve.cpuPercent, text: percentText, top: 10 },
    { title: 'Memory', values: curve.memoryBytes, text: bytesText, top: 64 * mebi, limit: memoryLimitBytes },
    { title: 'Players', values: curve.players, text: countText, top: 4 },
  ];
  const shared = {
    times: curve.times,
    from: Date.parse(from) / 1_000,
    to: Date.parse(to) / 1_000,
    ticks: ticksOf(events),
  };
  const at = hovered === undefined ? undefined : curve.times[hovered];
  const press = (event: KeyboardEvent): void => {
    const next = pointAfter(event.key, hovered, curve.times.length);
    if (next === undefined) return;
    event.preventDefault();
    setHovered(next);
  };
  return html`
    <div class="charts" tabindex="0" role="group" onKeyDown=${press}
      aria-label="Charts; the arrow keys go from one moment to the next">
      <p class="quiet figures">${at === undefined ? '\u00a0' : exactText(new Date(at * 1_000).toISOString())}</p>
      ${figures.map((figure) => html`
        <${ChartFigure} key=${`${figure.title} ${theme}`} kit=${kit} figure=${figure} data=${{ ...shared, ...figure }}
          hovered=${hovered} onHover=${setHovered} />`)}
    </div>`;
}

/** The moment to which a key leads. From nowhere it leads to the newest. */
function pointAfter(key: string, at: number | undefined, count: number): number | undefined {
  const step = { ArrowLeft: -1, ArrowRight: 1, Home: -count, End: count }[key];
  return step === undefined ? undefined : Math.min(count - 1, Math.max(0, (at ?? count) + step));
}

interface ChartFigureProps {
  readonly kit: Kit | undefined;
  readonly figure: Figure;
  readonly data: ChartData;
  readonly hovered: number | undefined;
  readonly onHover: (index?: number) => void;
}

/** One chart. Its words say what it shows to those who do not see it. */
function ChartFigure({ kit, figure: { title, values, text, limit }, data, hovered, onHover }: ChartFigureProps): VNode {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart>();
  useEffect(() => {
    if (!kit || !place.current) return undefined;
    const made = new kit.Chart(place.current, data, onHover);
    chart.current = made;
    return () => made.end();
  }, [kit]);
  useEffect(() => {
    if (hovered !== undefined) chart.current?.pointAt(hovered);
  }, [hovered]);
  useEffect(() => chart.current?.show(data), [values, data.to]);
  const known = values.filter((value) => value !== null);
  const shown = hovered === undefined ? known.at(-1) : values[hovered];
  const most = known.length === 0 ? undefined : Math.max(...known);
  const said = [
    shown === undefined || shown === null ? 'nothing measured' : text(shown),
    ...(most === undefined ? [] : [`most ${text(most)}`]),
    ...(limit === undefined ? [] : [`limit ${text(limit)}`]),
  ];
  return html`
    <figure>
      <figcaption><strong>${title}</strong> <span class="figures">${said.join(' · ')}</span></figcaption>
      <div class="chart" ref=${place} role="img" aria-label=${`${title}: ${said.join(', ')}`}></div>
    </figure>`;
}

const bad = new Set(['crashed', 'crash_loop', 'start_failed', 'silent', 'backup_failed', 'fatal_error']);

/** Bad ones last: nothing is drawn over them. */
const ticksOf = (events: readonly ServerEvent[]): ChartData['ticks'] =>
  events
    .map((event) => ({ at: Date.parse(event.ts) / 1_000, kind: kindOf(event) }))
    .toSorted((a, b) => Number(a.kind === 'bad') - Number(b.kind === 'bad'));

const kindOf = ({ type }: ServerEvent): 'bad' | 'up' | 'quiet' =>
  (bad.has(type) ? 'bad' : type === 'started' ? 'up' : 'quiet');
