import { buildSync } from 'esbuild';
import { join, resolve } from 'node:path';
import { sourcesByName } from '../../../../scripts/lib/sources.cjs';

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
    alias: sourcesByName(root),
    logLevel: 'error',
  });
  return outfile;
}
