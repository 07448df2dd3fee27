// Makes one file of the serverengine library's worker program, whose starts are many: reading 40 modules is a third of
// one.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { sourcesByName } from './lib/sources.cjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = `${root}packages/serverengine/dist/bundle/worker-main.js`;

function isThere(text) {
  try {
    return readFileSync(outfile, 'utf8') === text;
  } catch {
    return false; // not built before
  }
}

const {
  outputFiles: [bundle],
} = await build({
  entryPoints: [`${root}packages/serverengine/src/worker/worker-main.ts`],
  outfile,
  write: false,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  logLevel: 'warning',
  alias: sourcesByName(root),
});
// In one step: workers may be starting from it.
if (!isThere(bundle.text)) {
  const draft = `${outfile}.${process.pid}`;
  mkdirSync(dirname(outfile), { recursive: true });
  writeFileSync(draft, bundle.text);
  renameSync(draft, outfile);
}
