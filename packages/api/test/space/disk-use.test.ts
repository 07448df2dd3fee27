import { linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskUse } from '../../src/space/disk-use.js';

let dir: string;
beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-disk-use-')); });
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const kib = 1024;
const write = (name: string, bytes: number): void => writeFileSync(join(dir, name), Buffer.alloc(bytes, 1));

it('counts what lies in folders, and what has two names once', async () => {
  mkdirSync(join(dir, 'world/inner'), { recursive: true });
  const folders = await diskUse(dir);
  write('world/map', 100 * kib);
  write('world/inner/chunk', 300 * kib);
  linkSync(join(dir, 'world/map'), join(dir, 'world/same'));
  expect((await diskUse(dir)) - folders).toBe(400 * kib);
});

it('follows no link, and leaves out what is being written', async () => {
  mkdirSync(join(dir, 'outside'));
  mkdirSync(join(dir, 'inside'));
  write('outside/large', 800 * kib);
  write('inside/draft', 200 * kib);
  write('inside/file', 100 * kib);
  symlinkSync(join(dir, 'outside'), join(dir, 'inside/way'));
  const links = await diskUse(join(dir, 'inside'), (name) => name !== 'way');
  expect((await diskUse(join(dir, 'inside'), (name) => name === 'draft')) - links).toBe(100 * kib);
  expect(await diskUse(join(dir, 'inside/way'))).toBe(0);
  expect(await diskUse(join(dir, 'gone'))).toBe(0);
});

it('counts what has no name in UTF-8, and what lies deep', async () => {
  const named = Buffer.concat([Buffer.from(`${dir}/`), Buffer.from([0xff, 0xfe])]);
  mkdirSync(named);
  writeFileSync(Buffer.concat([named, Buffer.from('/map')]), Buffer.alloc(100 * kib, 1));
  const deep = join(dir, ...Array.from({ length: 300 }, () => 'd'));
  mkdirSync(deep, { recursive: true });
  const before = await diskUse(dir);
  writeFileSync(join(deep, 'map'), Buffer.alloc(200 * kib, 1));
  expect((await diskUse(dir)) - before).toBe(200 * kib);
  rmSync(join(dir, 'd'), { recursive: true });
  expect(await diskUse(dir)).toBeGreaterThanOrEqual(100 * kib);
});

it('holds one descriptor for each folder on the way', async () => {
  const deep = 200;
  mkdirSync(join(dir, ...Array.from({ length: deep }, () => 'd')), { recursive: true });
  const open = (): number => readdirSync('/proc/self/fd').length;
  const before = open();
  let most = 0;
  let isOver = false;
  const look = (): void => {
    most = Math.max(most, open());
    if (!isOver) setImmediate(look);
  };
  look();
  await diskUse(dir);
  isOver = true;
  expect(most - before).toBeGreaterThan(deep / 2);
  expect(most - before).toBeLessThan(deep * 1.5);
});
