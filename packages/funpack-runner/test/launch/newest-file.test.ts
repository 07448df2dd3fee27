import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FunpackManifest } from '@pinky/protocol';
import { checkFunpack } from '../../src/funpack/check-funpack.js';
import { launchSpec } from '../../src/launch/launch-spec.js';
import { newestFile } from '../../src/launch/newest-file.js';
import type { LaunchContext } from '../../src/launch/launch-context.js';
import { tempDirs, writeFiles } from '../support/temp.js';

const tempDir = tempDirs();

/** Writes files, each a second later than the one before. */
async function written(dir: string, ...paths: readonly string[]): Promise<string> {
  await writeFiles(dir, Object.fromEntries(paths.map((path) => [path, 'x'])));
  for (const [at, path] of paths.entries()) await utimes(join(dir, path), at + 1, at + 1);
  return dir;
}

describe('the newest file of a pattern', () => {
  it('is the one that was written last, in the folders that the pattern names', async () => {
    const dir = await written(await tempDir(), 'saves/b.sav', 'saves/a.sav', 'saves/old/c.sav', 'd.sav', 'saves/e.txt');
    expect(newestFile(dir, 'saves/*.sav')).toBe('saves/a.sav');
    expect(newestFile(dir, 'saves/**/*.sav')).toBe('saves/old/c.sav');
    expect(newestFile(dir, '*.sav')).toBe('d.sav');
    expect(newestFile(dir, '*.map')).toBeUndefined();
    expect(newestFile(join(dir, 'not-there'), '*')).toBeUndefined();
  });

  it('is no link, no folder, and nothing whose name would be a second line of a file', async () => {
    const dir = await tempDir();
    const outside = await mkdtemp(join(tmpdir(), 'pinky-outside-'));
    await writeFile(join(outside, 'own.sav'), 'x');
    await writeFiles(dir, { 'real.sav': 'x' });
    await utimes(join(dir, 'real.sav'), 1, 1);
    await symlink(join(outside, 'own.sav'), join(dir, 'link.sav'));
    await symlink(outside, join(dir, 'folder'));
    await mkdir(join(dir, 'dir.sav'));
    await writeFile(join(dir, 'two\nlines.sav'), 'x');
    expect(newestFile(dir, '*.sav')).toBe('real.sav');
    await rm(outside, { recursive: true });
  });
});

describe('{newest.NAME}', () => {
  const manifest: FunpackManifest = {
    name: 'g',
    version: '1',
    newest: { save: 'saves/*.sav' },
    run: [
      { ifExists: '{newest.save}', command: ['sh', '-c', 'true', '{workingDir}/{newest.save}'] },
      { command: ['sh', { ifSet: 'newest.save', args: ['never'] }, '-n'] },
    ],
    console: [{ pattern: '^up$', event: 'started' }],
  };
  const command = (workingDir: string): readonly string[] => {
    const context: LaunchContext = {
      serverId: 's',
      port: 1,
      ram: { min: 1, max: 1 },
      settings: {},
      workingDir,
      sharedDir: '/shared',
      datafile: '/data',
      home: workingDir,
    };
    const has = { run: false, bootstrap: false, prepare: false, import: false, order: false };
    return launchSpec({ dir: '/pack', digest: '', manifest, has }, context).command;
  };

  it('is a path in working/, looked up at each launch, and a condition', async () => {
    const dir = await tempDir();
    expect(command(dir)).toEqual(['sh', '-n']);
    await written(dir, 'saves/1.sav', 'saves/2.sav');
    expect(command(dir)).toEqual(['sh', '-c', 'true', `${dir}/saves/2.sav`]);
  });

  it('is known to the check of a funpack, and a name that is not there is told', async () => {
    const dir = await tempDir();
    await writeFiles(dir, { 'funpack.json': JSON.stringify({ ...manifest, env: { LAST: '{newest.other}' } }) });
    const problems = (await checkFunpack(dir)).map(({ problem }) => problem);
    expect(problems).toEqual(['env.LAST: {newest.other} means nothing']);
  });
});
