// Makes the one-file programs, and compiles every package.
import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { build } from 'esbuild';

// First the bundles: what the compiler writes loads them, and a box may be running from this folder.
await import('./bundles.mjs');
const compile = (...projects) =>
  execFileSync('npx', ['tsc', '-b', ...projects, ...process.argv.slice(2)], { stdio: 'inherit' });
compile();
// The client is compiled against the document of the API that was just compiled.
await import('./client-types.mjs');
compile('packages/client');
await import('./remove-stale-output.mjs');
await import('./bundle-serverengine.mjs');
await import('./build-page.mjs');

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
