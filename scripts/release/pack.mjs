#!/usr/bin/env node
// Packs the packages of Pinky into tarballs that npm installs together on any machine, without a package of ours in a
// registry (docs/commands.md): those that the command needs, or another package.
//   npm run build && scripts/release/pack.mjs <folder> [cli|client|…]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = resolve(process.argv[2] ?? '.');
const name = process.argv[3] ?? 'cli';
if (!existsSync(join(root, 'packages', name, 'package.json'))) {
  console.error(`there is no package ${name}: see packages/`);
  process.exit(2);
}
const packages = withNeeds(name);

/** A package and all of ours that it needs, by the manifests. */
function withNeeds(name, known = new Set()) {
  if (known.has(name)) return known;
  known.add(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
  for (const [, other] of Object.keys(dependencies).flatMap((one) => [/^@pinky\/(.+)$/.exec(one) ?? []]))
    if (other !== undefined) withNeeds(other, known);
  return known;
}

mkdirSync(target, { recursive: true });
for (const each of packages) {
  const printed = execFileSync('npm', ['pack', '--silent', '--pack-destination', target], {
    cwd: join(root, 'packages', each),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.log(join(target, printed.trim().split('\n').at(-1)));
}
