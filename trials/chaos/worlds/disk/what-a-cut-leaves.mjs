// Does what a box does shortly before a power cut, cuts the power, and prints as JSON what the disk has kept. Prints
// `skipped` with the reason where this machine allows no such disk.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inlineCodec, perform } from '@pinky/funpack-runner';
import { writeEffectiveConfig } from '../../../../packages/box/dist/home/write-effective-config.js';
import { PortPool } from '../../../../packages/worker/dist/ports/port-pool.js';
import { readServerRecord, writeServerRecord } from '../../../../packages/worker/dist/record/server-record.js';
import { CuttingDisk } from './cutting-disk.mjs';

const dir = mkdtempSync(join(tmpdir(), 'pinky-cut-'));
const at = (...names) => join(dir, 'disk', ...names);
const disk = new CuttingDisk();
try {
  console.log(JSON.stringify(disk.impossible ? { skipped: disk.impossible } : await cutAndLook()));
} finally {
  await disk.remove();
  rmSync(dir, { recursive: true, force: true });
}

async function cutAndLook() {
  for (const name of ['disk', 'world']) mkdirSync(join(dir, name));
  await disk.mount(at());
  for (const name of ['home', 'server']) mkdirSync(at(name));
  execFileSync('sync', ['--file-system', at()]);
  await work();
  await disk.cut({ writes: 0, percent: 0, seed: 1 });
  await disk.unmount();
  await disk.mount(at());
  return {
    record: readServerRecord(at('server', 'server.json')),
    effective: textOf(at('home', 'effective.json')).replaceAll(dir, ''),
    port: textOf(at('home', 'ports', '40000')),
    map: textOf(at('server', 'working', 'map')),
  };
}

async function work() {
  await perform(
    { type: 'restore', source: { url: archive() }, into: at('server', 'working'), allowedHosts: [] },
    {
      codec: inlineCodec,
      signal: new AbortController().signal,
      wallNow: Date.now,
      onProgress: () => undefined,
      onLine: () => undefined,
    },
  );
  new PortPool(at('home', 'ports'), { first: 40_000, step: 1, count: 1 }).take('one');
  writeEffectiveConfig({ home: at('home') });
  // The last one only: an earlier one may be all that a file system keeps, and then the world would be the older one.
  for (const hasWorld of [false, false, true])
    writeServerRecord(at('server', 'server.json'), { format: 1, hasWorld, wanted: 'up' });
}

function archive() {
  writeFileSync(join(dir, 'world', 'map'), 'all of the map');
  const path = join(dir, 'world.tar.lzo');
  execFileSync('bash', ['-c', 'tar -C "$0" -c map | lzop -c > "$1"', join(dir, 'world'), path]);
  return path;
}

function textOf(path) {
  try {
    return readFileSync(path, 'utf8').replaceAll('\0', '0');
  } catch (error) {
    return error.code;
  }
}
