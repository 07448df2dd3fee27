import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One file system of the machine, and the folders that take what the script changes in it. */
export interface Layer {
  /** Where it is mounted on the machine. */
  readonly at: string;
  /** Takes the changed files. */
  readonly upper: string;
  /** The kernel's own folder beside it. */
  readonly work: string;
}

/** Parts of the system that may be file systems of their own. */
const systemMounts = ['/usr', '/usr/local', '/usr/share', '/etc', '/var', '/var/lib', '/var/cache'];

/** The mount points among them, in the order in which they are mounted. An overlay shows only one file system. */
export function mountsOf(mountinfo: string): readonly string[] {
  const points = new Set(mountinfo.split('\n').map((line) => line.split(' ')[4]));
  return ['/', ...systemMounts.filter((path) => points.has(path))];
}

/** Makes the folders of the layers in `scratch`. */
export function makeLayers(scratch: string): readonly Layer[] {
  return mountsOf(readFileSync('/proc/self/mountinfo', 'utf8')).map((at, number) => {
    const layer = { at, upper: join(scratch, `upper${number}`), work: join(scratch, `work${number}`) };
    for (const dir of [layer.upper, layer.work]) mkdirSync(dir, { mode: 0o755 });
    return layer;
  });
}

/** Puts a file of the script's own in the place of one of the machine's, with the same owner and rights. */
export function putOver(layers: readonly Layer[], path: string, content: string): void {
  const layer = layers.findLast(({ at }) => at === '/' || path.startsWith(`${at}/`));
  if (!layer) return;
  const inner = layer.at === '/' ? path : path.slice(layer.at.length);
  makeParents(layer, dirname(inner));
  const target = join(layer.upper, inner);
  writeFileSync(target, content, { mode: 0o600 });
  likeThe(path, target);
}

function makeParents(layer: Layer, inner: string): void {
  if (inner === '/') return;
  makeParents(layer, dirname(inner));
  const target = join(layer.upper, inner);
  mkdirSync(target, { recursive: true });
  likeThe(join(layer.at, inner), target);
}

function likeThe(path: string, target: string): void {
  const { uid, gid, mode } = lstatSync(path);
  chownSync(target, uid, gid);
  chmodSync(target, mode & 0o7777);
}
