// Reads backups as an operator without Pinky would: by lzop, gzip or zstd, by GNU tar, and by the text of the manifest.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { readWorld } from '../game/world.mjs';

const archivePattern = /^([\w-]+)\.(\d+)(\.incremental)?\.tar\.(lzo|gz|zst)$/;
const unpackers = { lzo: 'lzop', gz: 'gzip', zst: 'zstd' };

/** The backups under a folder, newest first: everything that has a final name. */
export function archivesIn(dir) {
  return namesIn(dir)
    .flatMap((name) => {
      const found = archivePattern.exec(name);
      return found ? [{
        name,
        path: join(dir, name),
        stem: `${found[1]}.${found[2]}`,
        seconds: Number(found[2]),
        isIncrement: found[3] !== undefined,
        unpacker: unpackers[found[4]],
      }] : [];
    })
    .sort((a, b) => b.seconds - a.seconds);
}

export function namesIn(dir) {
  try {
    return readdirSync(dir);
  } catch {
    return []; // nothing there yet, or not any more
  }
}

/** Reads worlds out of archives, each archive once. */
export class ArchiveReader {
  #known = new Map();
  #unpacked = 0;

  /** `scratch` is a folder for what is unpacked. */
  constructor(scratch) {
    this.scratch = scratch;
  }

  /** How many archives were read. */
  get count() {
    return this.#unpacked;
  }

  /** The world in an archive, as `readWorld` says it. Undefined if the archive was removed meanwhile. */
  async read(archive) {
    const stat = statSync(archive.path, { throwIfNoEntry: false });
    if (!stat) return undefined;
    const key = `${archive.name} ${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeMs}`;
    const world = this.#known.get(key) ?? await this.#unpack(archive);
    if (!existsSync(archive.path)) return undefined;
    this.#known.set(key, world);
    return world;
  }

  async #unpack(archive) {
    const dir = join(this.scratch, `unpacked-${++this.#unpacked}`);
    mkdirSync(dir, { recursive: true });
    try {
      if (archive.isIncrement) await this.#withBase(archive, dir);
      else await unpack(archive, dir);
      const world = readWorld(join(dir, 'world'));
      return world.kind === 'none' ? { kind: 'torn', why: 'there is no world in it' } : world;
    } catch (error) {
      return { kind: 'torn', why: error.message.trim() };
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  }

  /** An increment over its full backup; what its manifest does not list is removed. */
  async #withBase(archive, dir) {
    const text = await shell('$0 -dc "$1" 2>/dev/null | head -c 4096 | grep -ao "PINKY.base=[^[:cntrl:]]*"', archive);
    const baseName = text.split('\n')[0].split('=')[1];
    const folder = dirname(archive.path);
    const base = [...archivesIn(folder), ...archivesIn(join(folder, '.bases'))].find(({ name }) => name === baseName);
    if (!base) throw new Error(`its full backup ${baseName} is not there`);
    await unpack(base, dir);
    await unpack(archive, dir);
    const listed = new Set(manifestOf(archive));
    for (const name of readdirSync(dir, { recursive: true }))
      if (!listed.has(name)) rmSync(join(dir, name), { recursive: true, force: true });
  }
}

/** The paths in a manifest. Its last line says that it is whole. */
function manifestOf({ path, stem }) {
  const text = gunzipSync(readFileSync(join(dirname(path), `${stem}.manifest.gz`))).toString('utf8');
  const lines = text.trim().split('\n').map((line) => JSON.parse(line));
  if (lines.pop()?.end !== 1) throw new Error('its manifest was cut short');
  return lines.map(({ p }) => p.replace(/\/$/, ''));
}

const unpack = (archive, dir) => shell('set -o pipefail; $0 -dc "$1" | tar -x -C "$2"', archive, dir);

function shell(script, { unpacker, path }, ...words) {
  return new Promise((done, fail) => {
    execFile('bash', ['-c', script, unpacker, path, ...words], { encoding: 'latin1' }, (error, stdout, stderr) => {
      if (error) fail(new Error(stderr || error.message));
      else done(stdout);
    });
  });
}
