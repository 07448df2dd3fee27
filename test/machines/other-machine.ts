import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';

/** Why no machine with these Debian packages can be made here. Undefined if one can. */
export function whyNoOtherMachine(packages: readonly string[]): string | undefined {
  const programs = ['dpkg-query', 'unshare', 'nsenter', 'setpriv'];
  const missing = programs.find((name) => spawnSync('which', [name]).status !== 0);
  if (missing !== undefined) return `there is no ${missing}`;
  if (process.getuid?.() !== 0) return 'only root can make another machine';
  const node = spawnSync('/usr/bin/node', ['--version'], { encoding: 'utf8' }).stdout?.trim();
  if (node !== process.version) return `the system's own Node is not this one, ${process.version}`;
  const absent = packages.find((name) => spawnSync('dpkg-query', ['-W', name]).status !== 0);
  return absent === undefined ? undefined : `the package ${absent} is not installed`;
}

/** The root of the machine, `$1/root`. Its changes are gone with it. */
const ownRoot = `
set -e
cd "$1"
mount -t tmpfs tmpfs .
cd "$1"
mkdir changes work root
mount -t overlay -o lowerdir=/,upperdir=changes,workdir=work overlay root
mount -t proc proc root/proc
mount --rbind /dev root/dev
for dir in run tmp; do mount -t tmpfs tmpfs "root/$dir"; done
ip link set lo up
`;

/** How a machine comes up. */
export interface Boot {
  /** Lines of sh after its root is there, in `root`. They print `is up`, and the last one becomes process 1. */
  readonly last: string;
  /** More namespaces, as options of unshare(1). */
  readonly spaces?: readonly string[];
  /** Lines of sh that every process runs before it enters the machine. */
  readonly before?: string;
}

/** The first process of the machine, a shell, waits for every process that loses its parent. */
const plain: Boot = {
  last: `exec chroot root bash -c 'trap : TERM; echo is up; while :; do sleep 600 & wait; done'`,
};

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

  constructor(private readonly boot: Boot = plain) {}

  /** Whether it runs. One that was shut down does not. */
  get isUp(): boolean {
    const { exitCode = 0, signalCode = null } = this.#outside ?? {};
    return exitCode === null && signalCode === null;
  }

  async start(): Promise<void> {
    const { last, spaces: more = [], before = '' } = this.boot;
    const spaces = ['--mount', '--pid', '--net', ...more, '--fork', '--kill-child', '--propagation', 'private'];
    const inside = ['bash', '-c', ownRoot + last, 'boot', this.#dir];
    const outside = spawn('bash', ['-c', `${before}\nexec unshare "$@"`, 'unshare', ...spaces, ...inside], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
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
    const { spaces = [], before = '' } = this.boot;
    const target = ['--target', String(this.#pid), '--mount', '--pid', '--net', ...spaces, '--root', '--wd'];
    const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8' };
    // A machine of its own begins with the usual priority, whatever that of this test is.
    const sh = ['nice', '-n', String(-getPriority()), 'sh', '-c', `exec 2>&1\n${line}`];
    const { status, stdout } = spawnSync('bash', ['-c', `${before}\nexec nsenter "$@"`, 'nsenter', ...target, ...sh], {
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
    if (this.isUp) {
      this.#outside?.kill('SIGKILL'); // the kernel kills its child, and with that every process of the machine
      await until('the machine is gone', () => !this.isUp);
    }
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
