#!/usr/bin/env node
// Lays a built Pinky out as `npm install --omit=dev` would, without a registry: <folder>/node_modules with our
// packages, those of others that they need, and nothing that only a build or an editor reads.
//   npm run build && scripts/release/tree.mjs <folder> [version]
// Prints the packages of others as JSON: [{name, version, license, holder}].
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const [folder, version] = process.argv.slice(2);
if (folder === undefined) fail('scripts/release/tree.mjs <folder> [version]');
const modules = join(resolve(folder), 'node_modules');
if (existsSync(modules)) fail(`${modules} is there already`);

function fail(why) {
  console.error(`error: ${why}`);
  process.exit(2);
}

const byName = (a, b) => (a < b ? -1 : 1);
const manifestOf = (dir) => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));

/** The folder in which Node finds a module from another folder. Undefined for one that is optional and not there. */
function placeOf(name, from) {
  const place = join(from, 'node_modules', name);
  if (existsSync(place)) return place;
  return from === root ? undefined : placeOf(name, dirname(from));
}

/** A package and all that it needs: ours by name, those of others by their place. */
function needsOf(dir, found = { ours: new Map(), others: new Set() }) {
  const { name: own, dependencies, optionalDependencies } = manifestOf(dir);
  if (own?.startsWith('@pinky/')) found.ours.set(own, dir);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const ours = name.startsWith('@pinky/') ? join(root, 'packages', name.slice('@pinky/'.length)) : undefined;
    const place = ours ?? placeOf(name, dir);
    if (place === undefined || found.others.has(place) || found.ours.has(name)) continue;
    if (!ours) found.others.add(place);
    needsOf(place, found);
  }
  return found;
}

/** Only compilers and people read these. Licences stay. */
const unread = /\.(map|ts|cts|mts|tsbuildinfo|md|markdown|flow|gyp|gypi|c|cc|cpp|h|hpp|o|d|mk)$/i;
/** Those of modules that are needed have places of their own. The second one is what a compiler left. */
const unreadFolders = ['node_modules', 'obj.target'];
/** In the first folder of a package of others. Deeper, such a name may be part of its program. */
const unreadAtTop = [
  'test', 'tests', '__tests__', 'docs', 'doc', 'example', 'examples', 'bench', 'benchmark', 'integration', 'tags',
];
/** For another C library. */
const foreignBinary = /musl/;

const isUnreadAtTop = (from, path) => dirname(path) === from && unreadAtTop.includes(basename(path));
const isRead = (from) => (path) => {
  const name = basename(path);
  if (path === from) return true;
  if (from.includes('/node_modules/') && (name.endsWith('.html') || isUnreadAtTop(from, path))) return false;
  return !name.startsWith('.') && !unreadFolders.includes(name) && !unread.test(name) && !foreignBinary.test(name);
};

function copyOthers(places) {
  for (const place of [...places].sort(byName)) {
    // A module in the folder of one of our packages stays there.
    const to = join(modules, relative(root, place).replace(/^packages\//, '@pinky/').replace(/^node_modules\//, ''));
    cpSync(place, to, { recursive: true, filter: isRead(place), dereference: false });
  }
}

function copyOurs(name, dir) {
  const to = join(modules, name);
  const manifest = manifestOf(dir);
  mkdirSync(to, { recursive: true });
  const { devDependencies: _dev, scripts: _scripts, ...rest } = manifest;
  const own = version === undefined ? rest : { ...rest, version };
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(own, undefined, 2)}\n`);
  for (const file of manifest.files.filter((one) => existsSync(join(dir, one)))) {
    const from = join(dir, file);
    cpSync(from, join(to, file), { recursive: true, filter: isRead(from) });
  }
}

const { ours, others } = needsOf(join(root, 'packages', 'cli'));
if (!existsSync(join(root, 'packages/cli/dist/main.js'))) fail('nothing is built; run `npm run build` first');
mkdirSync(modules, { recursive: true });
for (const [name, dir] of ours) copyOurs(name, dir);
copyOthers(others);
// The games that ship. A clone has them in its root.
cpSync(join(root, 'funpacks'), join(modules, '@pinky/box/funpacks'), {
  recursive: true,
  filter: (path) => basename(path) !== 'node_modules',
});

console.log(JSON.stringify([...others].sort(byName).map((place) => {
  const { name, version: its, license, author } = manifestOf(place);
  const holder = typeof author === 'string' ? author : author?.name;
  return {
    name,
    version: its,
    license: typeof license === 'string' ? license : 'see its folder',
    holder: holder ?? `the authors of ${name}`,
  };
})));
