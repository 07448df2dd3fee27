import { readdirSync, readFileSync } from 'node:fs';
import { until } from './expect.mjs';

/** State and start time of a process (fields 3 and 22 of /proc/<pid>/stat), or undefined. A zombie is gone. */
function lookUp(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ');
    return fields[0] === 'Z' ? undefined : { startTime: fields[19] };
  } catch {
    return undefined;
  }
}

export const isAlive = (pid) => lookUp(pid) !== undefined;

/** What tells a process from a later one with the same pid. */
export const identityOf = (pid) => `${pid}/${lookUp(pid)?.startTime}`;

/** kill -9, and waits until it is gone. */
export async function killHard(pid) {
  process.kill(pid, 'SIGKILL');
  await until(() => !isAlive(pid), `process ${pid} is gone`, 5_000, 1);
}

/** Processes whose environment or command line names this folder: nobody else knows it, so they were started by us. */
export function processesOf(folder) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number)
    .filter((pid) => pid !== process.pid && ['environ', 'cmdline'].some((file) => text(`/proc/${pid}/${file}`).includes(folder)))
    .filter(isAlive);
}

export const commandLine = (pid) => text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').replace(/-{20,}/, '').trim();

function text(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone, or somebody else's
  }
}
