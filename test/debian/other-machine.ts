import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';

/** Why no machine can be made here. Undefined if one can. */
export function whyNoOtherMachine(): string | undefined {
  const missing = ['dpkg-deb', 'unshare', 'nsenter', 'setpriv'].find((name) => spawnSync('which', [name]).status !== 0);
  if (missing !== undefined) return `there is no ${missing}`;
  if (process.getuid?.() !== 0) return 'only root can make another machine';
  const node = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (node !== process.version) return `the system's own Node is not this one, ${process.version}`;
  const parts = ['nodejs', 'redis-server', 'lzop', 'adduser'];
  const absent = parts.find((name) => spawnSync('dpkg-query', ['-W', name]).status !== 0);
  return absent === undefined ? undefined : `the package ${absent} is not installed`;
}

/** The first process of the machine, a shell, waits for every process that loses its parent. */
const boot = `
set -e
mount -t tmpfs tmpfs "$0"
mkdir "$0/changes" "$0/work" "$0/root"
mount -t overlay -o "lowerdir=/,upperdir=$0/changes,workdir=$0/work" overlay "$0/root"
mount -t proc proc "$0/root/proc"
mount --rbind /dev "$0/root/dev"
for dir in run tmp; do mount -t tmpfs tmpfs "$0/root/$dir"; done
ip link set lo up
exec chroot "$0/root" bash -c 'trap : TERM; echo is up; while :; do sleep 600 & wait; done'
`;

export interface Ran {
  readonly code: number;
  /** All that it printed. */
  readonly said: string;
}

/**
 * This machine, as a copy: with the same files, until one is changed; without its processes and its network. All that
 * is installed there is gone with it, and every process too.
 */
export class OtherMachine {
  readonly #dir = mkdtempSync(join(tmpdir(), 'pinky-machine-'));
  #outside: ChildProcess | undefined;
  #pid = 0;

  async start(): Promise<void> {
    const spaces = ['--mount', '--pid', '--net', '--fork', '--kill-child', '--propagation', 'private'];
    const outside = spawn('unshare', [...spaces, 'bash', '-c', boot, this.#dir], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#outside = outside;
    let said = '';
    for (const stream of [outside.stdout, outside.stderr]) stream?.on('data', (text) => { said += text; });
    await until('the machine is up', () => {
      if (outside.exitCode !== null) throw new Error(`no machine could be made: ${said}`);
      return said.includes('is up');
    });
    const { pid = 0 } = outside;
    this.#pid = Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  }

  /** Runs a command line of sh there, as root. */
  run(line: string): Ran {
    const target = ['--target', String(this.#pid), '--mount', '--pid', '--net', '--root', '--wd'];
    const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };
    // A machine of its own begins with the usual priority, whatever that of this test is.
    const sh = ['nice', '-n', String(-getPriority()), 'sh', '-c', `exec 2>&1\n${line}`];
    const { status, stdout } = spawnSync('nsenter', [...target, ...sh], {
      env,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return { code: status ?? -1, said: stdout };
  }

  /** The output of a command that must succeed. */
  text(line: string): string {
    const { code, said } = this.run(line);
    if (code !== 0) throw new Error(`${line} ended with ${code} and said: ${said}`);
    return said.trim();
  }

  /** Puts a file of ours there, into /tmp, and answers its path there. */
  give(path: string, name: string): string {
    const there = `/tmp/${name}`;
    const target = ['--target', String(this.#pid), '--mount', '--root', '--wd'];
    execFileSync('nsenter', [...target, 'sh', '-c', 'cat >"$0"', there], { input: readFileSync(path) });
    return there;
  }

  async end(): Promise<void> {
    const outside = this.#outside;
    if (outside && outside.exitCode === null && outside.signalCode === null) {
      outside.kill('SIGKILL'); // the kernel kills its child, and with that every process of the machine
      await until('the machine is gone', () => outside.exitCode !== null || outside.signalCode !== null);
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
