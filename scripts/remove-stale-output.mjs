#!/usr/bin/env node
// Removes what an earlier build compiled from sources that no longer exist: `node scripts/remove-stale-output.mjs [root]`.
// Only outputs of the compiler are looked at, which come as .js, .js.map and .d.ts; bundles and copied files stay.
// Processes of an earlier version may run from this folder. They have their modules in memory, and what they load or start
// later by its path keeps its source: test/paths-that-stay.test.ts lists these paths.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));

/** The compiler's projects in a package: its own, and those of folders inside it. */
const projectsOf = (dir) =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory() && !['node_modules', 'dist', 'test'].includes(entry.name)) {
      return projectsOf(join(dir, entry.name));
    }
    return entry.name === 'tsconfig.json' ? foldersOf(join(dir, entry.name)) : [];
  });

function foldersOf(file) {
  const { rootDir, outDir } = JSON.parse(readFileSync(file, 'utf8')).compilerOptions ?? {};
  return rootDir && outDir ? [{ from: resolve(dirname(file), rootDir), to: resolve(dirname(file), outDir) }] : [];
}

const projects = readdirSync(join(root, 'packages')).flatMap((name) => projectsOf(join(root, 'packages', name)));

for (const { from, to } of projects) {
  const isOfOther = (path) => projects.some((other) => other.to.startsWith(`${to}/`) && path.startsWith(`${other.to}/`));
  for (const name of existsSync(to) ? readdirSync(to, { recursive: true }) : []) {
    const path = join(to, name);
    if (!name.endsWith('.d.ts') || isOfOther(path)) continue;
    const stem = name.slice(0, -'.d.ts'.length);
    if (['.ts', '.tsx', '.d.ts'].some((ending) => existsSync(join(from, stem + ending)))) continue;
    for (const ending of ['.js', '.js.map', '.d.ts']) rmSync(join(to, stem + ending), { force: true });
    removeEmpty(dirname(path), to);
  }
}

/** A folder that has become empty, and those above it. */
function removeEmpty(dir, to) {
  if (dir === to || readdirSync(dir).length > 0) return;
  rmdirSync(dir);
  removeEmpty(dirname(dir), to);
}
