import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { healRestore } from '../../src/backup/heal-restore.js';
import { restore } from '../../src/backup/restore.js';
import { httpServer } from '../support/http-server.js';
import { tarOf } from '../support/tar-builder.js';
import { tempDirs, writeFiles } from '../support/temp.js';
import { failsWith, roomy, testWork } from '../support/work.js';

const tempDir = tempDirs();
const archive = execFileSync('lzop', ['-c'], { input: tarOf({ path: 'world/map', content: 'new world' }) });
const sha256 = createHash('sha256').update(archive).digest('hex');

async function server(name = 'world.tar.lzo', content: Buffer = archive) {
  const dir = await tempDir();
  await writeFile(join(dir, name), content);
  const home = join(dir, 's1');
  const into = join(home, 'working');
  await writeFiles(into, { 'world/map': 'old world' });
  return {
    dir,
    home,
    into,
    task: {
      type: 'restore' as const,
      source: { url: join(dir, name) },
      into,
      limits: roomy,
      allowedHosts: [],
    },
  };
}

const map = (into: string): Promise<string> => readFile(join(into, 'world/map'), 'utf8');

describe('restore', () => {
  it('puts the world in the place of the old one', async () => {
    const { task, into, home } = await server();
    expect(await restore({ ...task, source: { ...task.source, sha256 } }, testWork())).toEqual({ files: 1, bytes: 9 });
    expect(await map(into)).toBe('new world');
    expect(await readdir(home)).toEqual(['working']);
  });

  it('makes the folder if there is none', async () => {
    const { task, dir } = await server();
    await restore({ ...task, into: join(dir, 'fresh', 'working') }, testWork());
    expect(await map(join(dir, 'fresh', 'working'))).toBe('new world');
  });

  it('copies a world that is a folder, without links that lead out of it', async () => {
    const { task, dir, into } = await server();
    const from = await writeFiles(join(dir, 'from'), { 'world/map': 'copied', 'bin/x': '' });
    await symlink('/etc/passwd', join(from, 'out'));
    await symlink('map', join(from, 'world', 'in'));
    await restore({ ...task, source: { url: from } }, testWork());
    expect(await map(into)).toBe('copied');
    expect((await readdir(into)).sort()).toEqual(['bin', 'world']);
    expect((await readdir(join(into, 'world'))).sort()).toEqual(['in', 'map']);
  });

  it('fetches a world over the network', async () => {
    const { task, into, home } = await server();
    const http = await httpServer({ '/w': (_request, response) => void response.end(archive) });
    await restore({ ...task, source: { url: `${http.url}/w`, sha256 } }, testWork());
    await http.close();
    expect(await map(into)).toBe('new world');
    expect(await readdir(home)).toEqual(['working']);
  });

  it.each([
    ['checksum_mismatch', { sha256: '0'.repeat(64) }, archive],
    ['bad_archive', {}, archive.subarray(0, -20)],
    ['bad_url', { url: 'a-name' }, archive],
    ['not_found', { url: '/nowhere/world.tar' }, archive],
    ['unsafe_archive', {}, tarOf({ path: 'l', type: '2', linkname: '/etc' })],
  ] as const)('fails with %s and leaves the old world as it was', async (code, source, content) => {
    const { task, into, home } = await server('world.tar.lzo', content);
    await expect(restore({ ...task, source: { ...task.source, ...source } }, testWork())).rejects.toEqual(
      failsWith(code),
    );
    expect(await map(into)).toBe('old world');
    expect(await readdir(home)).toEqual(['working']);
  });
});

describe('a restore that was killed', () => {
  it('between moving the old world away and the new one in puts the old one back', async () => {
    const { into, home } = await server();
    await rename(into, `${into}.old`);
    healRestore(into);
    expect(await map(into)).toBe('old world');
    expect(await readdir(home)).toEqual(['working']);
  });

  it('leaves nothing in the way of the next one', async () => {
    const { task, into, home } = await server();
    await mkdir(`${into}.new`);
    await writeFiles(`${into}.old`, { x: '' });
    await writeFile(`${into}.download`, 'half');
    await restore(task, testWork());
    expect(await map(into)).toBe('new world');
    expect(await readdir(home)).toEqual(['working']);
  });
});
