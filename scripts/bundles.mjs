// Makes one file of each program whose start or memory counts, with the code that V8 compiles from it.
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { sourcesByName } from './lib/sources.cjs';

const sources = sourcesByName(resolve('.'));

/**
 * `isWhole`: all of its functions are compiled beforehand, and its names are short. That suits what starts a hundred
 * times at once. Programs with large libraries, of which they use a part, read less code from the cache without it.
 * `apart`: packages that stay outside the bundle. The command loads `@pinky/queue` for `doctor` only, and BullMQ with
 * it. Parts such as `@pinky/queue/owner` are bundled.
 */
const bundles = [
  { from: 'packages/worker/src/main.ts', to: 'packages/worker/dist/worker-bundle.cjs', isWhole: true },
  { from: 'packages/funpack-runner/src/main.ts', to: 'packages/funpack-runner/dist/runner-bundle.cjs', isWhole: true },
  { from: 'packages/box/src/program/run-main.ts', to: 'packages/box/dist/supervisor-bundle.cjs' },
  { from: 'packages/queue/src/program/queue-program.ts', to: 'packages/queue/dist/queue-bundle.cjs' },
  { from: 'packages/webhooks/src/program/webhooks-program.ts', to: 'packages/webhooks/dist/webhooks-bundle.cjs' },
  { from: 'packages/cli/src/run-main.ts', to: 'packages/cli/dist/pinky-bundle.cjs', apart: ['@pinky/queue'] },
];

/**
 * Takes our packages' TypeScript instead of what was compiled from it: modules that are bundled as modules share one
 * scope, and what nobody uses is left out.
 */
const fromSources = (apart) => ({
  name: 'from-sources',
  setup(bundler) {
    bundler.onResolve({ filter: /^@pinky\// }, ({ path, kind }) => {
      return kind === 'require-resolve' || apart.includes(path) ? { external: true } : { path: sources[path] };
    });
  },
});

/** A bundled module finds files beside the compiled one, and modules from where that stands. */
const ownPlaces = (to) => ({
  name: 'own-places',
  setup(bundler) {
    bundler.onLoad({ filter: /\/packages\/[\w-]+\/src\/.*\.ts$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8');
      if (!/\b__(dir|file)name\b/.test(contents)) return undefined;
      // below our folder: one of those above may be called `src` too
      const compiled = resolve(relative('.', path).replace('/src/', '/dist/').replace(/\.ts$/, '.js'));
      const placeOf = (file) => `require('node:path').join(__dirname, '${relative(dirname(resolve(to)), file)}')`;
      return {
        contents: contents.replaceAll(/\b__(dir|file)name\b/g, (_, of) =>
          placeOf(of === 'dir' ? dirname(compiled) : compiled)),
        loader: 'ts',
      };
    });
  },
});

/** A start reads the file byte by byte into a string of bytes, which is quicker than UTF-8. */
function assertAscii(file) {
  const [found] = /[^\0-\x7f]/.exec(readFileSync(file, 'latin1')) ?? [];
  if (found !== undefined) throw new Error(`${file} is not ASCII: write \\u instead of ${JSON.stringify(found)}`);
}

for (const { from, to, isWhole = false, apart = [] } of bundles) {
  const draft = to.replace(/\.cjs$/, '.new.cjs');
  await build({
    entryPoints: [from],
    outfile: draft,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    supported: { 'dynamic-import': false }, // a script of node:vm has no import()
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: isWhole, // else a stack trace has names
    sourcemap: 'external',
    plugins: [fromSources(apart), ownPlaces(to)],
    mainFields: ['module', 'main'],
    conditions: ['import'],
    logLevel: 'warning',
  });
  assertAscii(draft);
  execFileSync(process.execPath, ['scripts/code-cache.mjs', draft, ...(isWhole ? ['--whole'] : [])], {
    stdio: 'inherit',
  });
  // Programs may be starting from it. V8 takes code for a source of the same length, so the old code goes first.
  rmSync(`${to}.cache`, { force: true });
  for (const ending of ['.map', '', '.cache']) renameSync(`${draft}${ending}`, `${to}${ending}`);
}
