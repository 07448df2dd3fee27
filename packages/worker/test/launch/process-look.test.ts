import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lookThroughProcesses } from '../../src/launch/process-look.js';

/** Starts and ends processes as fast as it can, each with children of its own. */
const churn = 'while :; do (: & : & : & wait) & (exec true) & wait; done';

describe('a look through all processes', () => {
  it('passes over processes that vanish while they are read, and finds those that stay', async () => {
    const steady = spawn('sleep', ['600'], {
      stdio: 'ignore',
      detached: true,
      env: { PATH: process.env['PATH'], DATAFILE: '/steady' },
    });
    const churning = [1, 2].map(() => spawn('sh', ['-c', churn], { stdio: 'ignore', detached: true }));
    const needle = Buffer.from('DATAFILE=/steady\0');
    try {
      await once(steady, 'spawn');
      for (let looks = 0; looks < 30; looks++) {
        const found = lookThroughProcesses((one) => one.isOf(steady.pid ?? 0) || one.hasInEnvironment(needle));
        expect(found.map(({ pid }) => pid)).toContain(steady.pid);
      }
    } finally {
      for (const one of [steady, ...churning]) process.kill(-(one.pid ?? 0), 'SIGKILL');
    }
  });
});
