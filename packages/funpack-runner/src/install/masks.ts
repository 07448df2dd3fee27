import { execFile } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** The parts of the machine that a script sees. Everything else beside them is an empty folder to it. */
const shown = new Set(['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'usr', 'etc', 'var']);
/** They have a file system or a folder of their own in the jail. */
const own = new Set(['proc', 'dev', 'tmp', 'root', 'home', 'run', 'mnt']);

/** Folders of data and of other programs' secrets. They are hidden even if anybody may read them. */
const data = [
  ...['log', 'mail', 'spool', 'backups', 'www', 'opt', 'local', 'crash', 'snap'],
  ...['lib/private', 'lib/docker', 'lib/containerd', 'lib/mysql', 'lib/postgresql', 'lib/redis', 'lib/libvirt'],
  'lib/systemd',
].map((dir) => `/var/${dir}`);

/** Only root may read them, or parts of them, and they are no secrets; programs rename files in them. */
const harmless = ['/var/lib/apt', '/var/lib/dpkg', '/var/cache/apt', '/var/cache/ldconfig'];

/** The things that a script, which reads as root, must not see. */
export interface Masks {
  /** An empty folder takes their place. */
  readonly folders: readonly string[];
  /** A file with this content takes their place. */
  readonly files: ReadonlyMap<string, string>;
}

/** Looks for what root alone may read on this machine. `hidden` are folders of the box. */
export async function masksOf(hidden: readonly string[]): Promise<Masks> {
  const folders = readdirSync('/', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !shown.has(entry.name) && !own.has(entry.name))
    .map(({ name }) => `/${name}`);
  const { dirs, files } = await secrets();
  const box = hidden.filter((dir) => existsSync(dir)).map((dir) => realpathSync(dir));
  const more = [...data.filter(isFolder), ...dirs, ...box.filter((dir) => shown.has(dir.split('/')[1] ?? ''))];
  return {
    folders: [...folders, ...outermost(more)],
    files: new Map(files.map((path) => [path, contentFor(path)])),
  };
}

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The folders that are in none of the others. */
const outermost = (folders: readonly string[]): readonly string[] =>
  [...new Set(folders)].filter((dir) => !folders.some((other) => dir.startsWith(`${other}/`)));

/** Files and folders that others than their owner may not read. find(1) is faster than a walk of ours. */
async function secrets(): Promise<{ dirs: readonly string[]; files: readonly string[] }> {
  const roots = ['/etc', '/var/lib', '/var/cache', '/usr/local'].filter(isFolder);
  const pruned = [...harmless, ...data].flatMap((path) => ['-o', '-path', path]).slice(1);
  const found = await promisify(execFile)('find', [
    ...roots, '-xdev',
    '(', ...pruned, ')', '-prune',
    '-o', '-type', 'd', '!', '-perm', '-005', '-printf', 'd%p\\0', '-prune',
    '-o', '-type', 'f', '!', '-perm', '-004', '-printf', 'f%p\\0',
  ], { maxBuffer: 64 * 1024 * 1024 });
  const all = found.stdout.split('\0');
  const ofKind = (kind: string): string[] => all.filter((one) => one.startsWith(kind)).map((one) => one.slice(1));
  return { dirs: ofKind('d'), files: ofKind('f') };
}

/** useradd(8) wants a line for each user, and nobody needs the passwords. */
function contentFor(path: string): string {
  if (!['/etc/shadow', '/etc/gshadow'].includes(path)) return '';
  return readFileSync(path, 'utf8').replace(/^([^:\n]*):[^:\n]*/gm, '$1:*');
}

/** The real path of resolv.conf, if it leads into a folder that the jail has of its own. */
export function resolverFile(): string | undefined {
  const path = join('/etc', 'resolv.conf');
  const real = existsSync(path) ? realpathSync(path) : undefined;
  return real?.startsWith('/run/') ? real : undefined;
}
