import { readdirSync, readFileSync } from 'node:fs';
import { until } from './expect.mjs';

/**
 * Parent, terminal and start time of a process (fields 4, 7, 22 of /proc/<pid>/stat), or undefined. A zombie is gone.
 */
function lookUp(pid) {
  try {
    const [state, parent, , , terminal, ...rest] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .split(') ')
      .at(-1)
      .split(' ');
    return state === 'Z' ? undefined : { parent: Number(parent), hasTerminal: terminal !== '0', startTime: rest[14] };
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

/**
 * Processes that were started for the box in this folder: they name it in their environment or command line, and have
 * no terminal, unlike somebody who looks at its logs; or they are our own children.
 */
export function processesOf(folder) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => {
    const found = pid === process.pid ? undefined : lookUp(pid);
    if (!found || (found.hasTerminal && found.parent !== process.pid)) return false;
    return ['environ', 'cmdline'].some((file) => text(`/proc/${pid}/${file}`).includes(folder));
  });
}

export const commandLine = (pid) => text(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').replace(/-{20,}/, '').trim();

function text(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // gone, or somebody else's
  }
}
