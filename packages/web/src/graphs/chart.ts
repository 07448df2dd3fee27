import uPlot from 'uplot';

/** A curve with what stands beside it. Times are Unix seconds. */
export interface ChartData {
  readonly times: readonly number[];
  readonly values: readonly (number | null)[];
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly { readonly at: number; readonly kind: 'bad' | 'up' | 'quiet' }[];
  /** Drawn as a line. */
  readonly limit?: number | undefined;
  /** The scale goes up to this at least. */
  readonly top: number;
  readonly text: (value: number) => string;
}

const heightPx = 130;
const dayS = 86_400;
/** Charts with this name show the same moment. */
const together = 'server';

/** One curve on a canvas. It takes its colours from the page, so make another one when they change. */
export class Chart {
  readonly #plot: uPlot;
  readonly #observer: ResizeObserver;

  /** `onHover`: which point the pointer is at. */
  constructor(private readonly at: HTMLElement, private data: ChartData, onHover: (index?: number) => void) {
    this.#plot = new uPlot(this.#options(onHover), columnsOf(data), at);
    this.#observer = new ResizeObserver(() => this.#plot.setSize({ width: at.clientWidth, height: heightPx }));
    this.#observer.observe(at);
  }

  show(data: ChartData): void {
    this.data = data;
    this.#plot.setData(columnsOf(data));
  }

  /** Moves the cursor of all charts to a point. */
  pointAt(index: number): void {
    const at = this.data.times[index];
    if (at !== undefined) this.#plot.setCursor({ left: this.#plot.valToPos(at, 'x'), top: 0 });
  }

  end(): void {
    this.#observer.disconnect();
    this.#plot.destroy();
  }

  #options(onHover: (index?: number) => void): uPlot.Options {
    const accent = colourOf(this.at, '--accent');
    return {
      width: this.at.clientWidth,
      height: heightPx,
      legend: { show: false },
      cursor: { sync: { key: together }, drag: { x: false, y: false } },
      scales: {
        x: { time: true, range: () => [this.data.from, this.data.to] },
        y: { range: (_plot, _min, max) => [0, Math.max(this.data.top, (max ?? 0) * 1.1, this.data.limit ?? 0)] },
      },
      axes: this.#axes(),
      series: [{}, {
        stroke: accent,
        width: 1.5,
        fill: `color-mix(in srgb, ${accent} 12%, transparent)`,
        points: { size: 3 },
      }],
      hooks: {
        draw: [(plot) => this.#drawTicks(plot), (plot) => this.#drawLimit(plot)],
        setCursor: [(plot) => onHover(plot.cursor.idx ?? undefined)],
      },
    };
  }

  #axes(): uPlot.Axis[] {
    const shared = {
      stroke: colourOf(this.at, '--quiet'),
      grid: { stroke: colourOf(this.at, '--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    return [
      { ...shared, size: 28, values: (_plot, moments) => moments.map((each) => momentOf(each, this.data)) },
      { ...shared, size: 72, values: (_plot, values) => values.map((each) => this.data.text(each)) },
    ];
  }

  #drawTicks(plot: uPlot): void {
    const colours = {
      bad: colourOf(this.at, '--bad'),
      up: colourOf(this.at, '--up'),
      quiet: colourOf(this.at, '--quiet'),
    };
    for (const { at, kind } of this.data.ticks) {
      const x = plot.valToPos(at, 'x', true);
      line(plot, colours[kind], [x, plot.bbox.top], [x, plot.bbox.top + plot.bbox.height]);
    }
  }

  #drawLimit(plot: uPlot): void {
    const { limit } = this.data;
    if (limit === undefined) return;
    const y = plot.valToPos(limit, 'y', true);
    line(plot, colourOf(this.at, '--busy'), [plot.bbox.left, y], [plot.bbox.left + plot.bbox.width, y]);
  }
}

const columnsOf = ({ times, values }: ChartData): uPlot.AlignedData => [[...times], [...values]];

function line({ ctx }: uPlot, colour: string, from: readonly [number, number], to: readonly [number, number]): void {
  ctx.save();
  ctx.strokeStyle = colour;
  ctx.lineWidth = uPlot.pxRatio;
  ctx.setLineDash([3 * uPlot.pxRatio, 3 * uPlot.pxRatio]);
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
  ctx.restore();
}

/** A canvas knows no variables, and no colour that depends on the theme: an element resolves both. */
function colourOf(at: HTMLElement, variable: string): string {
  const probe = document.createElement('i');
  probe.style.color = `var(${variable})`;
  at.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** A time of day, or the day where the axis is long. */
function momentOf(seconds: number, { from, to }: ChartData): string {
  const moment = new Date(seconds * 1_000);
  return to - from > 2 * dayS
    ? moment.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
    : moment.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
}
