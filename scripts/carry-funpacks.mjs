// Puts the funpacks that ship into the package that looks for them, while npm packs it. With --remove it takes them out
// again: a clone has them in its root, and only there.
import { cpSync, rmSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const carried = resolve(root, 'packages/box/funpacks');

rmSync(carried, { recursive: true, force: true });
if (!process.argv.includes('--remove')) {
  cpSync(resolve(root, 'funpacks'), carried, {
    recursive: true,
    filter: (path) => basename(path) !== 'node_modules',
  });
}
