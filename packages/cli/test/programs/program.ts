import { buildSync } from 'esbuild';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../../../..');

/** Bundles a TypeScript program of this folder, with what it imports of our sources, into one file that runs. */
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
      '@pinky/box/config': join(root, 'packages/box/src/config/index.ts'),
      '@pinky/queue/address': join(root, 'packages/queue/src/redis/address.ts'),
      '@pinky/protocol/base': join(root, 'packages/protocol/src/base.ts'),
      '@pinky/protocol': join(root, 'packages/protocol/src/index.ts'),
    },
    logLevel: 'error',
  });
  return outfile;
}
