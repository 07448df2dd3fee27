import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { checkLimits } from '../../src/doctor/limits.js';

describe('the limits on processes and open files', () => {
  let child: ChildProcess | undefined;
  afterEach(() => { child?.kill('SIGKILL'); });

  it('are fine if there is room', () => {
    expect(checkLimits([process.pid])).toEqual([
      { name: 'limits', level: 'ok', found: 'there is room for more processes and open files' },
    ]);
  });

  it('are reported if a process of the box has used up its open files', async () => {
    child = spawn('sh', ['-c', 'echo there; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(child.stdout!, 'data');
    execFileSync('prlimit', ['--pid', String(child.pid), '--nofile=3:3']);
    const sentence = `^open files of process ${child.pid} \\(EMFILE\\): \\d of 3 are used; nothing more can be started`;
    expect(checkLimits([child.pid ?? 0])).toMatchObject([
      { name: 'open files', level: 'bad', found: expect.stringMatching(new RegExp(sentence)) as string },
    ]);
  });

  describe('of a user, a cgroup and the machine', () => {
    let root: string;
    beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'pinky-limits-')); });
    afterEach(() => rmSync(root, { recursive: true }));
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    const check = () => checkLimits([7], join(root, 'proc'), join(root, 'cgroup')).map(({ found }) => found);

    it('are reported at nine tenths, each once', () => {
      write('proc/7/limits', 'Limit   Soft\nMax processes             100      200     processes\n');
      write('proc/7/status', 'Name:\tx\nUid:\t1000\t1000\nThreads:\t60\n');
      write('proc/8/status', 'Name:\ty\nUid:\t1000\t1000\nThreads:\t35\n');
      write('proc/9/status', 'Name:\tz\nUid:\t0\t0\nThreads:\t500\n');
      write('proc/7/cgroup', '0::/box/unit\n');
      write('cgroup/box/pids.max', '50\n');
      write('cgroup/box/pids.current', '50\n');
      write('cgroup/box/unit/pids.max', 'max\n');
      write('cgroup/box/unit/pids.current', '50\n');
      write('proc/loadavg', '0.1 0.1 0.1 2/640 99\n');
      write('proc/sys/kernel/threads-max', '700\n');
      write('proc/sys/kernel/pid_max', '32768\n');
      write('proc/sys/fs/file-nr', '10\t0\t1000\n');
      expect(check()).toEqual([
        'processes of user 1000 (EAGAIN): 95 of 100 are used',
        `processes in the cgroup ${root}/cgroup/box (EAGAIN): 50 of 50 are used; nothing more can be started`,
        'processes of the machine (EAGAIN): 640 of 700 are used',
      ]);
    });

    it('do not exist where they cannot be read', () => {
      expect(check()).toEqual(['there is room for more processes and open files']);
    });
  });
});
