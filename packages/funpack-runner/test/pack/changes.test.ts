import { execFileSync } from 'node:child_process';
import { link, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { itemsAgain, worldItems, type World } from '../../src/backup/world-items.js';
import { OpenFolder } from '../../src/kernel/open-folder.js';
import { Gaps } from '../../src/pack/gaps.js';
import { packBlocks } from '../../src/pack/pack.js';
import { tempDirs, writeFiles } from '../support/temp.js';

const tempDir = tempDirs();

/** Packs a, big, twin and z, and does something as soon as the first block is full: then big is open. */
const packWhile = (change: (dir: string) => Promise<void>) =>
  packAndChange((dir, block) => (block === 1 ? change(dir) : Promise.resolve()));

async function packAndChange(onBlock: (dir: string, block: number) => Promise<void>) {
  const dir = await writeFiles(await tempDir(), {
    a: 'first',
    big: Buffer.alloc(1_000_000, 'b'),
    'y/in': 'y',
    z: 'last',
  });
  await link(join(dir, 'big'), join(dir, 'twin'));
  const root = OpenFolder.at(dir);
  const world: World = { root, rootPath: dir, selection: {}, gaps: new Gaps() };
  const blocks = packBlocks({
    items: () => worldItems(world),
    again: (paths) => itemsAgain(world, paths),
    rootPath: dir,
    count: { files: 0, bytes: 0 },
    gaps: world.gaps,
  });
  const packed: Buffer[] = [];
  for await (const block of blocks) await onBlock(dir, packed.push(Buffer.from(block)));
  const archive = Buffer.concat(packed);
  root.close();
  const out = await tempDir();
  execFileSync('tar', ['x', '-C', out], { input: archive });
  const listed = execFileSync('tar', ['tv', '--full-time'], { input: archive }).toString();
  return { listed, out, told: world.gaps.told };
}

const shown = (out: string, path: string): string =>
  execFileSync('stat', ['-c', '%s %h', join(out, path)]).toString().trim();

describe('a file that changes while it is packed', () => {
  it.each<[string, (dir: string) => Promise<void>, string]>([
    ['grows', (dir) => writeFile(join(dir, 'big'), Buffer.alloc(500_000), { flag: 'a' }), '1500000 2'],
    ['shrinks', (dir) => truncate(join(dir, 'big'), 300_000), '300000 2'],
  ])('and %s is packed once more, with all its names, and then it is whole', async (_how, change, size) => {
    const { out, told } = await packWhile(change);
    expect([shown(out, 'big'), shown(out, 'twin'), told]).toEqual([size, size, {}]);
  });

  it('is told where it changed again', async () => {
    const { told, out } = await packAndChange((dir) => writeFile(join(dir, 'big'), 'more', { flag: 'a' }));
    expect(told).toEqual({ changed: { count: 1, names: ['big'] }, incomplete: true });
    expect(Number(shown(out, 'big').split(' ')[0])).toBeGreaterThan(1_000_000);
  });

  it('is told as vanished where it is gone at the second try', async () => {
    const { told, listed } = await packWhile(async (dir) => {
      await rm(join(dir, 'big'));
      await rm(join(dir, 'twin'));
    });
    expect(listed).toMatch(/ 1000000 .* big\n(.*\n)*.* 4 .* z\n/);
    expect(told).toEqual({ vanished: { count: 2, names: ['twin', 'big'] }, incomplete: true });
  });
});

describe('a file that is gone when its turn comes', () => {
  it.each<[string, (path: string) => Promise<unknown>]>([
    ['was removed', async () => undefined],
    ['is a FIFO by now', async (path) => execFileSync('mkfifo', [path])],
    ['is a link by now', (path) => symlink('/etc/passwd', path)],
  ])('because it %s is left out and told', async (_how, put) => {
    const { listed, told } = await packWhile(async (dir) => {
      await rm(join(dir, 'z'));
      await put(join(dir, 'z'));
    });
    expect(listed).not.toContain(' z');
    expect(told).toMatchObject({ vanished: { names: ['z'] } });
  });

  it('is not looked for behind a link that took the place of its folder', async () => {
    const outside = await writeFiles(await tempDir(), { in: 'a secret of somebody else', more: '' });
    const { out, told } = await packWhile(async (dir) => {
      await rename(join(dir, 'y'), join(dir, 'moved'));
      await symlink(outside, join(dir, 'y'));
    });
    expect(execFileSync('ls', [out]).toString()).toBe('a\nbig\ntwin\nz\n');
    expect(told).toMatchObject({ vanished: { names: ['y'] }, incomplete: true });
  });
});
