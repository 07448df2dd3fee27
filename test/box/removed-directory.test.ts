import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './real-box.js';

describe('the pinky command in a folder that was removed', () => {
  const run = (...args: string[]) => {
    const dir = mkdtempSync(join(tmpdir(), 'pinky-gone-'));
    const gone = 'cd "$0" && rmdir "$0" && exec "$@"';
    const pinky = [process.execPath, join(root, 'packages/cli/bin/pinky'), ...args];
    return { dir, ...spawnSync('/bin/sh', ['-c', gone, dir, ...pinky], { encoding: 'utf8' }) };
  };

  const needsIt = [['up'], ['funpack', 'pack', '.'], ['start', 'a', '--funpack', './a']];
  it.each(needsIt)('says so in a sentence: %s', (...args) => {
    const { dir, status, stderr } = run(...args);
    expect([status, stderr]).toEqual([
      2,
      `pinky: no_directory: the working directory ${dir} does not exist any more\n` +
        'what to do: go to a folder that exists (`cd`), then run the command again\n',
    ]);
  });

  it('says so to programs too', () => {
    expect(JSON.parse(run('up', '--json').stdout)).toMatchObject({ error: { code: 'no_directory' } });
  });

  it.each([['--help'], ['--version'], ['logs', '--help']])('does what needs no folder: %s', (...args) => {
    expect(run(...args)).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([['ps'], ['ls'], ['doctor'], ['logs']])('says of the box what it says elsewhere: %s', (...args) => {
    expect(run(...args, '--home', '/nowhere/pinky').stderr).not.toContain('no_directory');
  });
});
