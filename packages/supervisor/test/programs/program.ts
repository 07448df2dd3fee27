import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../../..');

/** A fresh directory that `remove` takes away again. */
export function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'pinky-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Makes one runnable file of a TypeScript program (in test/programs, if no other folder is named) and what it imports
 * from our sources.
 */
export function bundleProgram(name: string, directory: string, folder = __dirname): string {
  const outfile = join(directory, `${name}.cjs`);
  buildSync({
    entryPoints: [join(folder, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    alias: {
      '@pinky/protocol/base': join(root, 'packages/protocol/src/base.ts'),
      '@pinky/protocol': join(root, 'packages/protocol/src/index.ts'),
    },
    logLevel: 'error',
  });
  return outfile;
}
