import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './real-box.js';

describe('the pinky command with its output on a full disk', () => {
  it('says so in one line, and fails', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'packages/cli/bin/pinky'), '--version'], {
      stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
    });
    expect([status, String(stderr)]).toEqual([
      1,
      'pinky: no_space: the output cannot be written: ENOSPC: no space left on device, write\n',
    ]);
  });
});
