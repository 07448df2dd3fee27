import { parseArgs } from 'node:util';

export const help = `npm run bench [-- options]: what Pinky costs, beside bare Node and bare BullMQ in the same run

  --rows a,b    only these of: {rows}
  --quick       fewer samples and shorter windows: three minutes instead of ten
  --json        the result as one JSON object on stdout
  --markdown F  the result also into the page F, between its two marks (docs/costs.md has them);
                F is made if it is not there
  --help

Needs a C compiler, redis-server and a built tree (npm run build). Uses a temporary folder, loopback only, and ends
everything that it started, also if it is interrupted or killed. Exit code: 0 measured, whether or not a target is met;
1 a row could not be measured; 2 wrong usage; 130 interrupted.`;

/** Throws with a sentence on what is wrong. */
export function readArguments(argv, allRows) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rows: { type: 'string' },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const rows = values.rows?.split(',').map((name) => name.trim()) ?? allRows;
  const unknown = rows.filter((name) => !allRows.includes(name));
  if (unknown.length > 0) throw new Error(`no such row: ${unknown.join(', ')}; there are ${allRows.join(', ')}`);
  return {
    rows,
    isQuick: values.quick,
    isJson: values.json,
    markdownFile: values.markdown,
    wantsHelp: values.help,
  };
}
