import { buildSync } from 'esbuild';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../../..');

/** Makes one runnable file of a TypeScript program in this folder and what it imports from our sources. */
export function bundleProgram(name: string, directory: string): string {
  const outfile = join(directory, `${name}.cjs`);
  buildSync({
    entryPoints: [join(__dirname, `${name}.ts`)],
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
