import { execFileSync } from 'node:child_process';
import { chmod, link, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunpackManifest } from '@pinky/protocol';
import type { LaunchContext } from '../../src/launch/launch-context.js';
import { readFunpack } from '../../src/funpack/read-funpack.js';
import { prepare } from '../../src/launch/prepare.js';
import { patchFiles } from '../../src/patch/patch-files.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();

async function setUp(manifest: Partial<FunpackManifest>, settings: Record<string, unknown> = {}) {
  const dir = await tempDir();
  const funpack = readFunpack(await writeFiles(join(dir, 'pack'), programFunpack(manifest, { base: 'port 1\n' })));
  const context: LaunchContext = {
    serverId: 's1',
    port: 10_100,
    ram: { min: 512, max: 1024 },
    settings,
    workingDir: join(dir, 'working'),
    sharedDir: join(dir, 'shared'),
    datafile: join(dir, 'datafile.json'),
    home: join(dir, 'working'),
  };
  await mkdir(context.workingDir);
  const text = (path: string): Promise<string> => readFile(join(context.workingDir, path), 'utf8');
  return { dir, funpack, context, text };
}

describe('patchFiles', () => {
  it('puts settings in their own kind into a file, and leaves the rest and its mode', async () => {
    const { funpack, context, text } = await setUp(
      {
        files: [
          {
            path: 'conf/server.json',
            set: {
              name: '{settings.name}',
              max: '{settings.max}',
              admins: '{settings.admins}',
              port: '{port}',
              motd: 'at {port}',
              gone: '{settings.gone}',
            },
          },
        ],
      },
      { name: 'x "y"', max: 8, admins: ['a', 'b'] },
    );
    await writeFiles(context.workingDir, { 'conf/server.json': '{ "name": "", "gone": "stays" } // end\n' });
    await chmod(join(context.workingDir, 'conf/server.json'), 0o640);
    expect(patchFiles(funpack, context)).toEqual({ changed: ['conf/server.json'] });
    const changed = await text('conf/server.json');
    expect(JSON.parse(changed.replace('// end', ''))).toEqual({
      name: 'x "y"',
      gone: 'stays',
      max: 8,
      admins: ['a', 'b'],
      port: 10_100,
      motd: 'at 10100',
    });
    expect(changed).toContain('// end');
    expect((await stat(join(context.workingDir, 'conf/server.json'))).mode & 0o777).toBe(0o640);
    expect(patchFiles(funpack, context)).toEqual({ changed: [] });
  });

  it('makes a file that is not there, from the template if there is one', async () => {
    const { funpack, context, text } = await setUp({
      files: [
        { path: 'a/new.ini', set: { 'net.port': '{port}' } },
        { path: 'b.cfg', parser: 'file', template: 'base', set: { port: 'port {port}' } },
      ],
    });
    patchFiles(funpack, context);
    expect(await text('a/new.ini')).toBe('[net]\nport=10100\n');
    expect(await text('b.cfg')).toBe('port 10100\n');
    expect((await stat(join(context.workingDir, 'a/new.ini'))).mode & 0o777).toBe(0o600);
  });

  it('says which file its parser cannot read, and leaves it', async () => {
    const { funpack, context, text } = await setUp({ files: [{ path: 'a.json', set: { x: 1 } }] });
    await writeFiles(context.workingDir, { 'a.json': '{ "a": ' });
    expect(() => patchFiles(funpack, context)).toThrow(
      expect.objectContaining({ code: 'prepare_failed', message: expect.stringMatching(/^files: a\.json cannot be /) }),
    );
    expect(await text('a.json')).toBe('{ "a": ');
  });

  it('reads and writes through a link that stays inside, and through none that leads out', async () => {
    const files = [{ path: 'conf/a.cfg', parser: 'file', set: { port: 'port {port}' } }] as const;
    const inside = await setUp({ files });
    await writeFiles(inside.context.workingDir, { 'real/a.cfg': 'port 1\n', 'conf/.keep': '' });
    await symlink('../real/a.cfg', join(inside.context.workingDir, 'conf/a.cfg'));
    patchFiles(inside.funpack, inside.context);
    expect(await inside.text('real/a.cfg')).toBe('port 10100\n');
    for (const target of ['../outside', '/etc']) {
      const out = await setUp({ files });
      await writeFiles(out.dir, { 'outside/a.cfg': 'port 1\n' });
      await symlink(target, join(out.context.workingDir, 'conf'));
      expect(() => patchFiles(out.funpack, out.context)).toThrow(failsWith('bad_funpack'));
      expect(await readdir(join(out.dir, 'outside'))).toEqual(['a.cfg']);
      expect(await readFile(join(out.dir, 'outside/a.cfg'), 'utf8')).toBe('port 1\n');
    }
  });

  it('refuses a link at the end of the path that leads out, a FIFO and a folder', async () => {
    const files = [{ path: 'a.cfg', parser: 'file', set: { port: 'port {port}' } }] as const;
    const out = await setUp({ files });
    await writeFile(join(out.dir, 'secret'), 'port 1\n');
    await symlink('../secret', join(out.context.workingDir, 'a.cfg'));
    expect(() => patchFiles(out.funpack, out.context)).toThrow(failsWith('bad_funpack'));
    expect(await readFile(join(out.dir, 'secret'), 'utf8')).toBe('port 1\n');
    const fifo = await setUp({ files });
    execFileSync('mkfifo', [join(fifo.context.workingDir, 'a.cfg')]);
    expect(() => patchFiles(fifo.funpack, fifo.context)).toThrow(failsWith('bad_funpack'));
    const folder = await setUp({ files });
    await mkdir(join(folder.context.workingDir, 'a.cfg'));
    expect(() => patchFiles(folder.funpack, folder.context)).toThrow();
  });

  it('leaves the other name of a file as it was', async () => {
    const { dir, funpack, context, text } = await setUp({
      files: [{ path: 'a.cfg', parser: 'file', set: { port: 'port {port}' } }],
    });
    await writeFile(join(dir, 'other'), 'port 1\n');
    await link(join(dir, 'other'), join(context.workingDir, 'a.cfg'));
    patchFiles(funpack, context);
    expect(await text('a.cfg')).toBe('port 10100\n');
    expect(await readFile(join(dir, 'other'), 'utf8')).toBe('port 1\n');
  });
});

it('prepare has a runner change the files before bin/prepare runs', async () => {
  const { dir, funpack, context, text } = await setUp({ files: [{ path: 'a.properties', set: { port: '{port}' } }] });
  await writeFiles(join(dir, 'pack'), { 'bin/prepare': '#!/bin/sh\ncp a.properties b\n' });
  await prepare(readFunpack(funpack.dir), context);
  expect(await text('b')).toBe('port=10100\n');
});
