#!/usr/bin/env node
// Packs the packages of Pinky into tarballs that npm installs together on any machine, without a package of ours in a
// registry (docs/commands.md):
//   npm run build && scripts/release/pack.mjs <folder>
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const target = resolve(process.argv[2] ?? '.');
// the command and all that it needs
const packages = ['protocol', 'supervisor', 'funpack-runner', 'worker', 'queue', 'box', 'cli'];

mkdirSync(target, { recursive: true });
for (const name of packages) {
  const printed = execFileSync('npm', ['pack', '--silent', '--pack-destination', target], {
    cwd: join(root, 'packages', name),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  console.log(join(target, printed.trim().split('\n').at(-1)));
}
