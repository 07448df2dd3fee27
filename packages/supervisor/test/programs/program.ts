import { buildSync } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { sourcesByName } from '../../../../scripts/lib/sources.cjs';

const root = resolve(__dirname, '../../../..');

/** A new directory, and how to remove it. */
export function scratch(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'pinky-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Bundles a TypeScript program and everything that it imports into one runnable file. Default folder: this one. */
export function bundleProgram(name: string, directory: string, folder = __dirname): string {
  const outfile = join(directory, `${name}.cjs`);
  buildSync({
    entryPoints: [join(folder, `${name}.ts`)],
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
