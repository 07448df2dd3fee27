/** One row of a table. Numbers are aligned right. */
export type TableRow = readonly (string | number | undefined)[];

const escapes = /\u001b\[[0-9;]*m/g;
const letters = new Intl.Segmenter();
const widthOf = (text: string): number => Array.from(letters.segment(text.replaceAll(escapes, ''))).length;

/** Rows under a heading, in columns as wide as their widest cells. Empty columns are left out. */
export function table(heading: readonly string[], rows: readonly TableRow[]): string[] {
  const columns = heading.map((_, i) => i).filter((i) => rows.some((row) => (row[i] ?? '') !== ''));
  const widths = columns.map((i) =>
    Math.max(widthOf(heading[i] ?? ''), ...rows.map((row) => widthOf(String(row[i] ?? '')))),
  );
  const isRight = columns.map((i) => rows.some((row) => typeof row[i] === 'number'));
  return [heading, ...rows].map((row) =>
    columns.map((i, at) => padded(String(row[i] ?? ''), widths[at] ?? 0, isRight[at] === true)).join('  ').trimEnd());
}

const padded = (text: string, width: number, isRight: boolean): string => {
  const space = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isRight ? space + text : text + space;
};
