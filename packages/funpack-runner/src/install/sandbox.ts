import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PinkyError, systemClock } from '@pinky/protocol';
import { funpackPath } from '../launch/environment.js';
import { runScript } from '../script/run-script.js';
import { makeLayers, putOver } from './layers.js';
import { masksOf, resolverFile } from './masks.js';
import { limitProcesses } from './process-limit.js';

/** A program that runs as root in a jail, on a copy of the machine's system that is thrown away. */
export interface JailedScript {
  readonly serverId: string;
  /** The folder for the copy's changes. It is empty, and stays until the caller removes it. */
  readonly scratch: string;
  /** Folders of the machine that must not be seen, besides those of all other programs. */
  readonly hidden: readonly string[];
  /** The folder that the program fills. */
  readonly into: string;
  /** Folders that it may read, by their places in the jail. */
  readonly readable: Readonly<Record<string, string>>;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

/** The places at which a script of an egg finds the folder of its server. */
export const serverFolders = ['/mnt/server', '/home/container'] as const;

/** apt drops its rights, useradd makes homes, and packages have owners of their own. It needs nothing else of root. */
const capabilities = ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'SETUID', 'SETGID'];

/**
 * In a mount namespace of its own: lays an overlay over each file system, then becomes the jail. Relative paths keep
 * commas and colons out of the options. The kernel ends the script before a game when memory is short.
 */
const outer = `
cd "$1" || exit 1
[ -z "$2" ] || echo 0 >"$2" || exit 1
echo 1000 >/proc/self/oom_score_adj
shift 2
n=0
while [ "$1" != -- ]; do
  mount -t overlay overlay -o "lowerdir=$1,upperdir=upper$n,workdir=work$n,xino=off" "root$1" || exit 1
  n=$((n + 1))
  shift
done
shift
exec bwrap --args 4 -- "$@" 4<arguments 5>begun
`;

/** Root may write them even without capabilities, and so change the machine. bwrap covers only some of them. */
const writableProc = ['sys', 'sysrq-trigger', 'irq', 'bus', 'fs', 'acpi', 'scsi', 'driver', 'mtrr', 'pressure', 'tty']
  .map((name) => `/proc/${name}`);
/** They tell of the machine's memory, keys and processes. */
const tellingProc = ['kcore', 'kmsg', 'keys', 'key-users', 'timer_list', 'sched_debug', 'kallsyms', 'vmallocinfo']
  .map((name) => `/proc/${name}`);

/** How large an empty folder may grow that takes the place of a hidden one, bytes: it is in memory. */
const maskBytes = 16 * 1024 * 1024;
/** How long the end of a killed jail is waited for, milliseconds. */
const endMs = 5_000;

/**
 * Runs it and returns when nothing that it started is left. Throws `install_failed`, `cancelled`, or `not_permitted`
 * if this machine allows no such jail.
 */
export async function runInSandbox(script: JailedScript): Promise<void> {
  const { scratch, serverId } = script;
  mkdirSync(join(scratch, 'root'));
  const layers = makeLayers(scratch);
  const masks = await masksOf(script.hidden);
  for (const [path, content] of masks.files) putOver(layers, path, content);
  const options = [...jailOptions(script, masks.folders)];
  writeFileSync(join(scratch, 'arguments'), options.map((one) => `${one}\0`).join(''), { mode: 0o600 });
  const limit = limitProcesses(serverId);
  try {
    await runScript('unshare', [
      ...['--mount', '--propagation', 'private', '/bin/sh', '-c', outer, 'install', scratch, limit?.procs ?? ''],
      ...layers.map(({ at }) => at),
      '--',
      ...script.command,
    ], {
      cwd: '/',
      env: { PATH: funpackPath(), LANG: 'C.UTF-8' },
      timeoutMs: script.timeoutMs,
      code: 'install_failed',
      signal: script.signal,
      name: 'the install script',
      onLine: script.onLine,
    });
  } catch (failure) {
    throw failure instanceof PinkyError && isJails(failure) && begunPid(scratch) === undefined
      ? noJail(failure)
      : failure;
  } finally {
    await ended(scratch);
    await limit?.end();
  }
}

function* jailOptions(script: JailedScript, masked: readonly string[]): Generator<string> {
  const { scratch, into, readable } = script;
  const room = (name: string, mode: number): string => {
    const dir = join(scratch, name);
    mkdirSync(dir);
    chmodSync(dir, mode);
    return dir;
  };
  yield* ['--unshare-pid', '--as-pid-1', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'];
  yield* ['--die-with-parent', '--new-session', '--info-fd', '5', '--cap-drop', 'ALL'];
  for (const name of capabilities) yield* ['--cap-add', `CAP_${name}`];
  yield* ['--bind', join(scratch, 'root'), '/', '--proc', '/proc', '--dev', '/dev'];
  for (const path of writableProc.filter((one) => existsSync(one))) yield* ['--ro-bind', path, path];
  for (const path of tellingProc.filter((one) => existsSync(one))) yield* ['--ro-bind', '/dev/null', path];
  yield* ['--bind', room('shm', 0o1777), '/dev/shm', '--remount-ro', '/dev'];
  for (const path of masked) yield* ['--size', String(maskBytes), '--tmpfs', path];
  yield* ['--size', String(maskBytes), '--tmpfs', '/run', '--bind', room('tmp', 0o1777), '/tmp'];
  yield* ['--bind', room('var-tmp', 0o1777), '/var/tmp', '--bind', room('home', 0o755), '/home'];
  yield* ['--bind', room('rootHome', 0o700), '/root', '--bind', room('mnt', 0o755), '/mnt'];
  const resolver = resolverFile();
  if (resolver !== undefined) yield* ['--perms', '0755', '--dir', dirname(resolver), '--ro-bind', resolver, resolver];
  for (const [at, path] of Object.entries(readable)) yield* ['--ro-bind', path, at];
  for (const at of serverFolders) yield* ['--bind', into, at];
  yield* ['--chdir', serverFolders[0], '--clearenv'];
  for (const [name, value] of Object.entries(script.env)) yield* ['--setenv', name, value];
}

/** The pid of the jail's first process, once it was there. bwrap writes it down. */
function begunPid(scratch: string): number | undefined {
  try {
    const [, pid] = /"child-pid": *(\d+)/.exec(readFileSync(join(scratch, 'begun'), 'utf8')) ?? [];
    return pid === undefined ? undefined : Number(pid);
  } catch {
    return undefined; // it did not come so far
  }
}

/**
 * When the first process of a pid namespace ends, the kernel ends the others. It is gone only when they are.
 */
async function ended(scratch: string): Promise<void> {
  const pid = begunPid(scratch);
  const until = systemClock.now() + endMs;
  while (pid !== undefined && isThere(pid) && systemClock.now() < until) await systemClock.rest(10);
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The jail gave up by itself: nobody killed it, and there was time. */
const isJails = ({ code, details }: PinkyError): boolean => code === 'install_failed' && details?.['signal'] === null;

const noJail = (cause: PinkyError): PinkyError =>
  new PinkyError('not_permitted', `no jail for an install script can be made here: ${cause.message}`, {
    cause,
    remedy: 'in a container, it needs the right to mount (--privileged), and the servers on a volume of its own',
  });
