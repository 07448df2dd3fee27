// The result of a run as part of a Markdown page, such as docs/costs.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { machineLine, table, verdict } from './report.mjs';

const [begin, end] = ['<!-- measured by `npm run bench -- --markdown` -->', '<!-- end of what was measured -->'];

/** Puts the result between the two marks of the page, or makes a page if there is none. */
export function writeMarkdown(file, result) {
  const part = `${begin}\n\n${markdown(result)}\n\n${end}`;
  const page = existsSync(file) ? readFileSync(file, 'utf8') : `${begin}${end}\n`;
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${file} has no place for the figures: the two lines\n${begin}\n${end}`);
  writeFileSync(file, page.slice(0, from) + part + page.slice(to + end.length));
}

function markdown({ machine, seconds, isQuick, rows }) {
  const notes = rows.flatMap(({ name, bare, notes: own }) => [
    `- **${name}**: bare is ${bare}.`,
    ...own.map((note) => `  - ${note}`),
  ]);
  const how = `${machineLine(machine)}. Measured in ${seconds} s${isQuick ? ' with `--quick`: few samples' : ''}; ` +
    `${verdict(rows)}.`;
  return [table(rows), how, notes.join('\n')].join('\n\n');
}
