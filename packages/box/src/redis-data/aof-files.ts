import { errnoOf, namesIn } from '@pinky/protocol';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The files in which Redis writes its data down: the append-only file (AOF). */
export interface AofFiles {
  /** For redis-check-aof: the manifest, or the one file of a Redis before 7. Absent before the first start. */
  readonly main: string | undefined;
  /** The files of writes, oldest first. Redis appends to the last one. A rewrite that fails leaves one more. */
  readonly writes: readonly string[];
  /** Damage that Redis itself would not find, or would take for an empty beginning, in words. */
  readonly amiss?: string;
}

/** The folder of the files since Redis 7, in the folder of its data. */
export const aofFolder = (redisDir: string): string => join(redisDir, 'appendonlydir');

const manifestName = 'appendonly.aof.manifest';

/** Looks which files there are. It reads the manifest, and no data. */
export function aofFiles(redisDir: string): AofFiles {
  const folder = aofFolder(redisDir);
  const manifest = join(folder, manifestName);
  const text = textOf(manifest);
  if (text !== undefined) return { main: manifest, ...byManifest(folder, text) };
  if (namesIn(folder).some((name) => name.includes('.incr.') && sizeOf(join(folder, name)) !== 0)) {
    return { main: undefined, writes: [], amiss: `${manifest} is gone, so nobody knows which file comes first` };
  }
  const single = join(redisDir, 'appendonly.aof');
  return sizeOf(single) === undefined ? { main: undefined, writes: [] } : { main: single, writes: [single] };
}

/** Whether `aofFiles` finds damage. False where it cannot look: Redis will say why. */
export function lacksFiles(redisDir: string): boolean {
  try {
    return aofFiles(redisDir).amiss !== undefined;
  } catch {
    return false; // it may not be read, say
  }
}

/** A text that changes whenever somebody changes one of the files. */
export function stampOf(redisDir: string): string {
  const folder = aofFolder(redisDir);
  const paths = [...namesIn(folder).map((name) => join(folder, name)), join(redisDir, 'appendonly.aof')];
  return paths.map((path) => `${path} ${stampOfFile(path)}`).toSorted().join('\n');
}

/** A line of the manifest: `b` is the base, `i` what came after it, `h` what is about to be removed. */
const line = /^file (?:"([^"]+)"|(\S+)) seq \d+ type ([bih])/;

function byManifest(folder: string, text: string): Omit<AofFiles, 'main'> {
  const lines = text.split('\n').filter((each) => each !== '' && !each.startsWith('#'));
  const files = lines.flatMap((each) => {
    const [, quoted, plain = quoted, type] = line.exec(each) ?? [];
    return plain === undefined ? [] : [{ name: plain, type }];
  });
  const found = { writes: files.filter(({ type }) => type === 'i').map(({ name }) => join(folder, name)) };
  if (files.length === 0 || files.length < lines.length) {
    return { ...found, amiss: `${join(folder, manifestName)} is damaged: it does not name the files of Redis` };
  }
  const bad = files.filter(({ type }) => type !== 'h').flatMap(({ name, type }) => {
    const size = sizeOf(join(folder, name));
    if (size === undefined) return [`${join(folder, name)} is gone`];
    // Redis takes an empty file for one without data. Its snapshot is never empty.
    return type === 'b' && size === 0 && name.endsWith('.rdb') ? [`${join(folder, name)} is empty`] : [];
  });
  return bad[0] === undefined ? found : { ...found, amiss: bad[0] };
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;

function stampOfFile(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino} ${stat.size} ${stat.ctimeMs}`;
}
