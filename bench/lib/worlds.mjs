// Worlds to back up, and what backs them up: a funpack-runner as a worker starts it, or other programs.
import { fork, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './modules.mjs';
import { msSince, nowNs } from './time.mjs';

const program = join(root, 'packages', 'funpack-runner', 'dist', 'runner.cjs');
/** As the runner runs, so that a busy machine is equally hard on both. */
const niceness = 10;
const ticksPerSecond = 100;
const mebibyte = 1 << 20;

/** Files of 1 MiB. The second half of each packs well. */
export function largeWorld(dir, mebibytes) {
  mkdirSync(dir, { recursive: true });
  const bytes = Buffer.alloc(mebibyte, 'a line that comes again and again\n');
  for (let i = 0; i < mebibytes; i++) writeFileSync(join(dir, `r.${i}.mca`), refreshed(bytes));
  return dir;
}

/** Another first half, as after a game has saved. */
export const refreshed = (bytes) => {
  randomFillSync(bytes, 0, bytes.length / 2);
  return bytes;
};

/** Files of up to 4 KiB, a hundred to a folder. */
export function manyFiles(dir, count) {
  for (let i = 0; i < count; i++) {
    if (i % 100 === 0) mkdirSync(join(dir, `d${i / 100}`), { recursive: true });
    writeFileSync(join(dir, `d${Math.floor(i / 100)}`, `f${i}`), randomFillSync(Buffer.alloc(1 + ((i * 37) % 4096))));
  }
  return dir;
}

/** Does one task in a runner of its own. Answers seconds, seconds of processor, most memory (MiB), and its answer. */
export function runner(task, env) {
  return new Promise((resolve, reject) => {
    const begun = nowNs();
    const child = fork(program, ['-'.repeat(160)], {
      env,
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let cost;
    child.on('message', (message) => {
      if (message.type === 'failed') reject(new Error(message.error.message));
      if (message.type !== 'done') return;
      cost = { seconds: msSince(begun) / 1000, ...usedBy(child.pid), result: message.result };
    });
    child.on('exit', () => (cost ? resolve(cost) : reject(new Error('the runner ended without an answer'))));
    child.send({ type: 'task', task, serverId: task.serverId });
  });
}

function usedBy(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const [, peak] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpu: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond, mebibytes: Number(peak) / 1024 };
}

/** Runs a command line. Answers seconds, and seconds of processor of all that it started. */
export function shell(command, env = {}) {
  const script = `renice -n ${niceness} $$ >/dev/null; TIMEFORMAT='cost %R %U %S'; time { ${command}; }`;
  const { status, stderr } = spawnSync('bash', ['-ec', script], { encoding: 'utf8', env: { ...process.env, ...env } });
  const [, seconds, user, system] = /cost (\S+) (\S+) (\S+)/.exec(stderr) ?? [];
  if (status !== 0 || seconds === undefined) throw new Error(`${command}: ${stderr}`);
  return { seconds: Number(seconds), cpu: Number(user) + Number(system) };
}

export const isInstalled = (name) => spawnSync('which', [name]).status === 0;
