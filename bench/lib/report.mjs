// The table that a run prints for people. `--json` prints the same as data.
import { cpus, release, totalmem } from 'node:os';

export function machine(busy) {
  const [{ model }] = cpus();
  return {
    cores: cpus().length,
    cpu: model,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    busyBefore: busy,
  };
}

export const machineLine = ({ cores, cpu, memoryGiB, kernel, node, busyBefore }) =>
  `${cores} cores of ${cpu}, ${memoryGiB} GiB, Linux ${kernel}, Node ${node}; before the run ` +
    `${Math.round(busyBefore * 100)} % busy with other work`;

/**
 * Judges a figure by its target. `met` is undefined if it has none. A measurement is compared as it is shown, so a
 * count must be met exactly.
 */
export function judge(figure) {
  const met = figure.target === undefined ? undefined : Number(format(figure.pinky)) <= figure.target;
  const ratio =
    figure.bare > 0 && figure.unit !== 'lines' && figure.unit !== '×' ? figure.pinky / figure.bare : undefined;
  const allowed = figure.design > 0 && figure.target !== undefined ? figure.target / figure.design : undefined;
  return { ...figure, met, ratio, allowedRatio: allowed };
}

/** A number with three significant digits. */
export function format(value) {
  if (value === undefined) return '–';
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2);
}

const columns = ['', 'Pinky', 'bare', 'target', 'met', '× bare', '(target ×)'];

/** All rows as one table in Markdown. */
export function table(rows) {
  const lines = rows.flatMap(({ figures }) =>
    figures.map((figure) => [
      figure.label,
      `${format(figure.pinky)} ${figure.unit}`,
      figure.bare === undefined ? '–' : `${format(figure.bare)} ${figure.unit}`,
      figure.target === undefined ? '–' : `${format(figure.target)} ${figure.unit}`,
      figure.met === undefined ? '–' : figure.met ? 'yes' : 'NO',
      figure.ratio === undefined ? '–' : figure.ratio.toFixed(2),
      figure.allowedRatio === undefined ? '–' : figure.allowedRatio.toFixed(2),
    ]),
  );
  const widths = columns.map((title, place) => Math.max(title.length, ...lines.map((line) => line[place].length)));
  const aligned = (cell, place) => (place === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[place]));
  const row = (cells) => `| ${cells.map(aligned).join(' | ')} |`;
  const dashes = (width, place) => (place === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`);
  const rule = `|${widths.map(dashes).join('|')}|`;
  return [row(columns), rule, ...lines.map(row)].join('\n');
}

export const notesOf = (rows) =>
  rows.flatMap(({ name, bare, notes }) => [`${name}: bare = ${bare}`, ...notes.map((note) => `  ${note}`)]).join('\n');

/** One sentence that names the missed targets. */
export function verdict(rows) {
  const judged = rows.flatMap(({ figures }) => figures).filter(({ met }) => met !== undefined);
  const missed = judged.filter(({ met }) => !met);
  return `${judged.length - missed.length} of ${judged.length} targets ` +
    `met${missed.length > 0 ? `; missed: ${missed.map(({ label }) => label).join('; ')}` : ''}`;
}
