import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootstrap } from '../../src/bootstrap/bootstrap.js';
import { isBootstrapped } from '../../src/bootstrap/is-bootstrapped.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';
import { failsWith, testWork } from '../support/work.js';

const tempDir = tempDirs();

async function task(script?: string, more: object = {}) {
  const dir = await tempDir();
  const files = programFunpack({}, script === undefined ? {} : { 'bin/bootstrap': `#!/bin/sh\n${script}\n` });
  return {
    dir,
    task: {
      type: 'bootstrap' as const,
      funpackDir: await writeFiles(join(dir, 'pack'), files),
      digest: 'abc',
      sharedDir: join(dir, 'shared', 'abc'),
      home: dir,
      ...more,
    },
  };
}

describe('bootstrap', () => {
  it('runs the program once, however many servers start at the same time', async () => {
    const { task: one, dir } = await task('echo run >> "$HOME/runs"; echo "$PWD" > "$1/made"');
    const answers = await Promise.all([
      bootstrap(one, testWork()),
      bootstrap(one, testWork()),
      bootstrap(one, testWork()),
    ]);
    expect(answers.filter(({ ran }) => ran).length).toBe(1);
    expect(await bootstrap(one, testWork())).toEqual({ ran: false });
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\n');
    // The path that it wrote stays true for ever.
    expect(existsSync((await readFile(join(one.sharedDir, 'made'), 'utf8')).trim())).toBe(true);
  });

  it('makes an empty folder for a funpack without the program', async () => {
    const { task: one } = await task();
    expect(await bootstrap(one, testWork())).toEqual({ ran: false });
    expect(await readdir(one.sharedDir)).toEqual([]);
  });

  it('leaves nothing when it fails, and runs again the next time', async () => {
    const { task: one, dir } = await task('touch "$1/half"; [ -e "$HOME/ok" ] || { echo no network >&2; exit 7; }');
    await expect(bootstrap(one, testWork())).rejects.toMatchObject({
      code: 'bootstrap_failed',
      details: { lines: ['no network'], exitCode: 7 },
    });
    expect(await readdir(join(dir, 'shared'))).toEqual([]);
    expect(isBootstrapped(one.sharedDir)).toBe(false);
    await writeFiles(dir, { ok: '' });
    expect(await bootstrap(one, testWork())).toEqual({ ran: true });
    expect(await readdir(one.sharedDir)).toEqual(['half']);
  });

  it('is not there before it is whole, and holds nothing that a killed one left', async () => {
    const { task: one } = await task('[ -e "$SHARED_DIR/../abc" ] && exit 1; touch "$1/whole"');
    await writeFiles(`${one.sharedDir}.data`, { 'of-a-killed-one': '' });
    expect(isBootstrapped(one.sharedDir)).toBe(false);
    await bootstrap(one, testWork());
    expect(await readdir(one.sharedDir)).toEqual(['whole']);
  });

  it('gets nothing of ours in its environment', async () => {
    const { task: one } = await task('env | cut -d= -f1 | sort > "$1/env"');
    await bootstrap(one, testWork());
    const names = (await readFile(join(one.sharedDir, 'env'), 'utf8'))
      .split('\n')
      .filter((name) => name !== '' && !['PWD', 'OLDPWD', '_', 'SHLVL'].includes(name));
    expect(names).toEqual(['HOME', 'LANG', 'PATH', 'SHARED_DIR']);
  });

  it('is ended when it takes too long', async () => {
    const { task: one, dir } = await task('sleep 60', { timeoutMs: 30 });
    await expect(bootstrap(one, testWork())).rejects.toEqual(failsWith('bootstrap_failed'));
    expect(await readdir(join(dir, 'shared'))).toEqual([]);
  });
});
