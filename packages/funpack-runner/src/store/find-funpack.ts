import { readdirSync, statSync, utimesSync, type Stats } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { errnoOf, namesIn, PinkyError, type FetchSource, type Source } from '@pinky/protocol';
import type { S3Access } from '../s3/s3-access.js';
import { cachePaths, readKnown, type KnownArchive } from './cache-index.js';
import { directoryDigest } from './directory-digest.js';
import { shown, sourceKind } from './source-kind.js';

/** Where funpacks are looked for, and where they are kept. */
export interface SourceContext {
  /** `boxPaths(home).cacheDir`. */
  readonly cacheDir: string;
  /** `$FUNPACKS_PATH`. */
  readonly funpackPaths: readonly string[];
  /** Hosts from which funpacks may be fetched. Empty: any host. */
  readonly allowedHosts: readonly string[];
  /** Absent: only what is public is read from S3. */
  readonly s3?: S3Access;
}

/** A funpack that is ready to be read. */
export interface FoundFunpack {
  readonly dir: string;
  readonly digest: string;
}

/** The endings of a funpack's archive, in the order in which they are tried. */
export const archiveEndings = ['.tar.lzo', '.tar.gz', '.tgz', '.tar.zst', '.tar.bz2', '.zip', '.tar'] as const;

/**
 * A funpack that is on this machine already: a folder, which is used in place, or an archive that was unpacked before.
 * Undefined if it must be fetched or unpacked first. Throws `bad_url` or `not_found`.
 */
export function findFunpack(source: FetchSource, context: SourceContext): FoundFunpack | undefined {
  const kind = sourceKind(source, context.allowedHosts);
  if (kind.kind === 'http') {
    const digest = promisedDigest(source, kind.url.href, context.cacheDir);
    return digest === undefined ? undefined : unpacked(context.cacheDir, digest);
  }
  const { path, stats } = locate(source, context);
  if (stats.isDirectory()) return inPlace(source, path);
  const known = readKnown(context.cacheDir, path);
  const isSame =
    known !== undefined &&
    Object.entries(fileValidators(stats)).every(([name, value]) => known.validators[name] === value);
  if (!isSame || !isPromised(source, known)) return undefined;
  return unpacked(context.cacheDir, known.sha256);
}

/** Whether an archive is the one that was promised. One whose MD5 was never taken may be another. */
export const isPromised = ({ sha256, md5 }: FetchSource, known: KnownArchive): boolean =>
  (sha256 === undefined || sha256.toLowerCase() === known.sha256) &&
  (md5 === undefined || md5.toLowerCase() === known.md5);

/** The digest of an archive that needs no look at the network, because its sums are known. */
function promisedDigest(source: FetchSource, address: string, cacheDir: string): string | undefined {
  if (source.sha256 !== undefined) return source.sha256.toLowerCase();
  const known = source.md5 === undefined ? undefined : readKnown(cacheDir, address);
  return known && isPromised(source, known) ? known.sha256 : undefined;
}

/** The file or folder that a name, path or `file:` address means. Throws `bad_url` or `not_found`. */
export function locate(
  source: Source,
  context: Pick<SourceContext, 'funpackPaths' | 'allowedHosts'>,
): { path: string; stats: Stats } {
  const kind = sourceKind(source, context.allowedHosts);
  if (kind.kind === 'http') throw new PinkyError('bad_url', `${shown(source.url)} is not a file of this machine`);
  const candidates =
    kind.kind === 'path'
      ? [resolve(kind.path)]
      : context.funpackPaths.flatMap((folder) =>
          ['', ...archiveEndings].map((ending) => resolve(folder, kind.name + ending)),
        );
  for (const path of candidates) {
    const stats = statOrAbsent(path);
    if (stats?.isDirectory() || stats?.isFile()) return { path, stats };
    if (stats) throw new PinkyError('bad_url', `${path} is neither a folder nor a file`);
  }
  if (kind.kind === 'path') throw new PinkyError('not_found', `there is no ${kind.path}`);
  const known = knownNames(context.funpackPaths);
  const folders = context.funpackPaths.join(', ') || '(no folder is named in FUNPACKS_PATH)';
  const others = known.length === 0 ? '' : `; there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}`;
  throw new PinkyError('not_found', `there is no ${kind.name} in ${folders}${others}`);
}

/** Enough to see a typing error. */
const shownNames = 20;

/** The names under which a funpack in these folders would be found. */
function knownNames(folders: readonly string[]): string[] {
  const bare = folders.flatMap((folder) => namesIn(folder).filter((name) => isFunpack(folder, name)))
    .map((name) => name.slice(0, name.length - (archiveEndings.find((ending) => name.endsWith(ending))?.length ?? 0)));
  return [...new Set(bare)].sort().slice(0, shownNames);
}

/** Other files may lie there too, such as a script that makes archives. */
const isFunpack = (folder: string, name: string): boolean =>
  !name.startsWith('.') &&
  (archiveEndings.some((ending) => name.endsWith(ending)) || isFolder(join(folder, name)));

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The values that show whether a file is still the same: size, modification time and inode. */
export const fileValidators = (stats: Stats): Readonly<Record<string, string>> =>
  ({ size: String(stats.size), mtimeMs: String(stats.mtimeMs), inode: `${stats.dev}:${stats.ino}` });

function inPlace(source: FetchSource, dir: string): FoundFunpack {
  if (source.sha256 !== undefined || source.md5 !== undefined) {
    throw new PinkyError('bad_url', `${dir} is a folder, and only an archive has a checksum`);
  }
  return { dir, digest: directoryDigest(dir) };
}

/**
 * The unpacked archive with that digest. It is moved into place when it is whole, so it is whole if it is there. Asking
 * counts as use, so it stays in the cache for a while.
 */
export function unpacked(cacheDir: string, digest: string): FoundFunpack | undefined {
  const dir = cachePaths(cacheDir).unpacked(digest);
  const now = new Date();
  try {
    utimesSync(dir, now, now);
  } catch {
    // It is missing, as is seen below, or belongs to another user and looks unused for longer.
  }
  return statOrAbsent(dir) ? { dir: funpackRoot(dir), digest } : undefined;
}

/**
 * The name for people of a funpack that was found: for an archive its address, and the folder in it, instead of its
 * place in the cache.
 */
export function nameOfFound({ url }: Source, { dir, digest }: FoundFunpack, cacheDir: string): string {
  const inside = relative(cachePaths(cacheDir).unpacked(digest), dir);
  return inside.startsWith('..') ? dir : [shown(url), inside].filter(Boolean).join('/');
}

/** Many archives hold one folder with everything in it. Then that folder is the funpack. */
function funpackRoot(dir: string): string {
  if (statOrAbsent(join(dir, 'funpack.json'))) return dir;
  const [only, ...others] = readdirSync(dir);
  return only !== undefined && others.length === 0 && statOrAbsent(join(dir, only, 'funpack.json'))
    ? join(dir, only)
    : dir;
}

function statOrAbsent(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (failure) {
    if (['ENOENT', 'ENOTDIR'].includes(errnoOf(failure) ?? '')) return undefined;
    throw new PinkyError('not_found', `${path} cannot be read: ${errnoOf(failure) ?? String(failure)}`, {
      cause: failure,
    });
  }
}
