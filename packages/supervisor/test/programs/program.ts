import { buildSync } from 'esbuild';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const packages = resolve(__dirname, '../../..');

/** Our own packages by name, so that a bundle is made from their sources and needs no build. */
const sources = {
  '@pinky/protocol/base': join(packages, 'protocol/src/base.ts'),
  '@pinky/supervisor/child': join(packages, 'supervisor/src/child.ts'),
  '@pinky/supervisor/dump': join(packages, 'supervisor/src/dump/index.ts'),
  '@pinky/supervisor/identity': join(packages, 'supervisor/src/adopt/process-identity.ts'),
  '@pinky/supervisor/plain-logger': join(packages, 'supervisor/src/logger/plain-logger.ts'),
  ...Object.fromEntries(readdirSync(packages).map((name) => [`@pinky/${name}`, join(packages, name, 'src/index.ts')])),
};

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
    alias: sources,
    logLevel: 'error',
  });
  return outfile;
}
