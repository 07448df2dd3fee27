// The world of the trial's own game: numbered generations, each in several files that must agree. It is written so that
// no end of the machine tears it, and read so that anything torn, mixed or left over is seen.
//
//   world/current             which generation counts, with the SHA-256 of every file: replaced by a rename
//   world/map                 never changes
//   world/gen-<number>/…      the files of one generation; the one before stays
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

const mapBytes = 1_500_000;
const parts = [600_000, 600_000, 300_000, 2_000, 2_000, 2_000, 0];
const folderPattern = /^gen-(\d+)$/;

const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex');

function synced(path, bytes) {
  const fd = openSync(path, 'w');
  writeSync(fd, bytes);
  fsyncSync(fd);
  closeSync(fd);
  return digestOf(bytes);
}

function syncFolder(path) {
  const fd = openSync(path, 'r');
  fsyncSync(fd);
  closeSync(fd);
}

/** Writes the first generation of a new world. */
export function makeWorld(dir, generation) {
  mkdirSync(dir, { recursive: true });
  for (const { name } of generationsIn(dir)) rmSync(join(dir, name), { recursive: true });
  const map = synced(join(dir, 'map'), randomBytes(mapBytes));
  writeGeneration(dir, generation, { id: randomBytes(6).toString('hex'), generation: 0, files: { map } });
}

/** Writes a generation beside the one before, makes it count, and removes older ones. It is on the disk then. */
export function writeGeneration(dir, generation, { id, generation: before, files: { map } }) {
  const folder = `gen-${generation}`;
  const files = { map };
  for (const { name, number } of generationsIn(dir))
    if (number > before) rmSync(join(dir, name), { recursive: true }); // of a save that was cut off
  mkdirSync(join(dir, folder));
  for (const [number, bytes] of parts.entries())
    files[`${folder}/part-${number}`] = synced(join(dir, folder, `part-${number}`), randomBytes(bytes));
  linkSync(join(dir, folder, 'part-3'), join(dir, folder, 'second-name'));
  symlinkSync('part-4', join(dir, folder, 'link'));
  files[`${folder}/second-name`] = files[`${folder}/part-3`];
  files[`${folder}/link`] = files[`${folder}/part-4`];
  syncFolder(join(dir, folder));
  synced(join(dir, 'current.new'), JSON.stringify({ id, generation, files }));
  renameSync(join(dir, 'current.new'), join(dir, 'current'));
  syncFolder(dir);
  for (const { name, number } of generationsIn(dir))
    if (number !== generation && number !== before) rmSync(join(dir, name), { recursive: true });
}

const generationsIn = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const number = folderPattern.exec(name)?.[1];
    return number === undefined ? [] : [{ name, number: Number(number) }];
  });

/**
 * Reads a world: `none`, `torn` with why, or `whole` with its generation and what else `current` says. A world that was
 * never saved counts as none.
 */
export function readWorld(dir) {
  let names;
  try {
    names = readdirSync(dir);
  } catch (error) {
    if (error.code === 'ENOENT') return { kind: 'none' };
    throw error;
  }
  if (!names.includes('current')) {
    const saved = names.filter((name) => name !== 'map' && name !== 'current.new' && !folderPattern.test(name));
    return saved.length > 0 || generationsIn(dir).length > 1
      ? { kind: 'torn', why: `there is ${names.join(', ')}, and nothing says which counts` }
      : { kind: 'none' };
  }
  const why = faultOf(dir, names);
  return why ? { kind: 'torn', why } : { kind: 'whole', ...currentOf(dir) };
}

const currentOf = (dir) => JSON.parse(readFileSync(join(dir, 'current'), 'utf8'));

/** Why the world is not whole. Undefined if it is. */
function faultOf(dir, names) {
  let current;
  try {
    current = currentOf(dir);
  } catch (error) {
    return `current cannot be read: ${error.message}`;
  }
  const { generation, files } = current;
  for (const [name, digest] of Object.entries(files)) {
    try {
      if (digestOf(readFileSync(join(dir, name))) !== digest) return `generation ${generation}: ${name} is another's`;
    } catch (error) {
      return `generation ${generation}: ${name}: ${error.code ?? error.message}`;
    }
  }
  // Beside the one before, there may be one whose removal is under way.
  const older = generationsIn(dir).filter(({ number }) => number < generation);
  if (older.length > 2) return `generation ${generation}: ${older.map(({ name }) => name).join(', ')} came back`;
  const strange = names.filter((name) => !/^(current|current\.new|map|gen-\d+)$/.test(name));
  return strange.length > 0 ? `generation ${generation}: there is ${strange.join(', ')} too` : undefined;
}
