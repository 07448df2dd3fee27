// Makes the page of @pinky/web: one script that is loaded at once, and the console's screen and the charts, which come
// when they are opened. Everything is served by the box itself, so no other host is asked.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const from = `${root}packages/web/src`;
const to = `${root}packages/web/dist`;

rmSync(to, { recursive: true, force: true });
await build({
  entryPoints: [`${from}/main.ts`],
  outdir: to,
  bundle: true,
  splitting: true,
  chunkNames: '[name]-[hash]',
  platform: 'browser',
  target: 'es2022',
  format: 'esm',
  minify: true,
  logLevel: 'warning',
});
for (const name of ['index.html', 'icon.svg']) copyFileSync(`${from}/page/${name}`, `${to}/${name}`);
const styles = [
  `${from}/page/style.css`,
  `${root}node_modules/@xterm/xterm/css/xterm.css`,
  `${root}node_modules/uplot/dist/uPlot.min.css`,
];
writeFileSync(`${to}/style.css`, styles.map((path) => readFileSync(path, 'utf8')).join('\n'));
