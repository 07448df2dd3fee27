// Compiles every package, then makes the one-file programs whose boot time and memory count.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

execFileSync('npx', ['tsc', '-b', ...process.argv.slice(2)], { stdio: 'inherit' });
await import('./remove-stale-output.mjs');
await import('./bundle-serverengine.mjs');
await import('./build-page.mjs');

/**
 * Takes our packages' TypeScript instead of what was compiled from it: modules that are bundled as modules share one
 * scope, and what nobody uses is left out.
 */
const fromSources = {
  name: 'from-sources',
  setup(bundler) {
    bundler.onResolve({ filter: /^@pinky\// }, ({ path }) => {
      const [, name, ...rest] = path.split('/');
      const folder = resolve('packages', name);
      const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const entry = exports[['.', ...rest].join('/')];
      return { path: join(folder, entry.replace('/dist/', '/src/').replace(/\.js$/, '.ts')) };
    });
  },
};

const bundles = [
  { from: 'packages/worker/src/main.ts', to: 'packages/worker/dist/worker-bundle.cjs' },
  { from: 'packages/funpack-runner/src/main.ts', to: 'packages/funpack-runner/dist/runner-bundle.cjs' },
];
for (const { from, to } of bundles.filter(({ from }) => existsSync(from))) {
  const draft = to.replace(/\.cjs$/, '.new.cjs');
  await build({
    entryPoints: [from],
    outfile: draft,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    sourcemap: 'external',
    plugins: [fromSources],
    mainFields: ['module', 'main'],
    conditions: ['import'],
    logLevel: 'warning',
  });
  execFileSync(process.execPath, ['scripts/code-cache.mjs', draft], { stdio: 'inherit' });
  // Workers may be starting from it. V8 takes code for a source of the same length, so the old code goes first.
  rmSync(`${to}.cache`, { force: true });
  for (const ending of ['.map', '', '.cache']) renameSync(`${draft}${ending}`, `${to}${ending}`);
}

// The wrapper stands beside whichever program uses it: the bundle, or the compiled module.
for (const to of ['packages/worker/dist/wrapper.sh', 'packages/worker/dist/launch/wrapper.sh'])
  copyFileSync('packages/worker/src/launch/wrapper.sh', to);
copyFileSync('packages/worker/src/start.cjs', 'packages/worker/dist/worker.cjs');
copyFileSync('packages/funpack-runner/src/start.cjs', 'packages/funpack-runner/dist/runner.cjs');

await import('./write-commit.mjs');

// The bundled runner finds the thread beside itself, as the compiled module does.
await build({
  entryPoints: ['packages/funpack-runner/src/lzop/codec-thread.ts'],
  outfile: 'packages/funpack-runner/dist/codec-thread.js',
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  logLevel: 'warning',
});
