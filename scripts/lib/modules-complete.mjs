// modules-complete.mjs ROOT: exits with 0 if node_modules holds what package-lock.json names for this machine, and
// with 1 if `npm ci` has work to do. It compares contents, never times: the lock file of a fresh clone is newer than
// modules that were copied into it.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = process.argv[2];
/** The fields that decide which files a module has. Releases of npm write the other fields differently. */
const identity = ({ version, integrity, resolved, link }) =>
  JSON.stringify(link ? { link, resolved } : { version, integrity });
const fits = (wanted, here) =>
  !wanted || (wanted.every((one) => one.startsWith('!')) && !wanted.includes(`!${here}`)) || wanted.includes(here);
const libc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : 'musl';
const isForHere = (module) =>
  !module.optional || (fits(module.os, process.platform) && fits(module.cpu, process.arch) && fits(module.libc, libc));

const packagesOf = (file) => JSON.parse(readFileSync(join(root, file), 'utf8')).packages;

function missing() {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json'))
    .filter(([path, module]) => path.includes('node_modules/') && isForHere(module))
    .filter(
      ([path, module]) =>
        !installed[path] ||
        identity(installed[path]) !== identity(module) ||
        !existsSync(join(root, path, 'package.json')),
    )
    .map(([path]) => path);
}

try {
  if (missing().length > 0) process.exit(1);
  createRequire(join(root, 'package.json'))('lzo'); // compiled, for one release of Node
} catch {
  process.exit(1); // nothing is installed, or it is not for this Node
}
