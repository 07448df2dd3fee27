#!/usr/bin/env node
// Stands in for `tsc -b` in a tree that a test builds: a commit of ours has had its types checked, and here only its
// programs are wanted. That takes a tenth of the compiler's time.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

/** The compiler's projects below a folder: where the sources are, and where what is compiled goes. */
const projectsIn = (dir) =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist', 'test'].includes(entry.name) ? [] : projectsIn(path);
    if (entry.name !== 'tsconfig.json') return [];
    const { rootDir, outDir } = JSON.parse(readFileSync(path, 'utf8')).compilerOptions ?? {};
    return rootDir && outDir ? [{ from: resolve(dir, rootDir), to: resolve(dir, outDir) }] : [];
  });

for (const { from, to } of projectsIn(resolve('packages'))) {
  const sources = readdirSync(from, { recursive: true })
    .filter((name) => /(?<!\.d)\.ts$/.test(name) && !/^(dist|node_modules)\//.test(name));
  await build({
    entryPoints: sources.map((name) => join(from, name)),
    outbase: from,
    outdir: to,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    logLevel: 'warning',
  });
  // The declarations are empty. By their names the build knows what has no source any more.
  for (const name of sources) writeFileSync(join(to, name.replace(/\.ts$/, '.d.ts')), '');
}
