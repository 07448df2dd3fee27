import { until } from '@pinky/protocol/testing';
import { commandOf, environOf, isRunning, pids, statOf } from '../processes.mjs';

export { identityOf, isRunning } from '../processes.mjs';

/** Sends SIGKILL, and waits until the process is gone. */
export async function killHard(pid) {
  process.kill(pid, 'SIGKILL');
  await until(`process ${pid} is gone`, () => !isRunning(pid), { everyMs: 1 });
}

/**
 * The processes that were started for the box in this folder: they name it in their environment or command line. A
 * process with a terminal belongs to somebody who looks at the box's logs, unless it is our own child.
 */
export function processesNaming(folder) {
  return pids().filter((pid) => {
    const found = pid === process.pid ? undefined : statOf(pid);
    if (!found || (found.hasTerminal && found.parent !== process.pid)) return false;
    return environOf(pid).includes(folder) || commandOf(pid).includes(folder);
  });
}

/** Without the padding that makes room for a title. */
export const commandLine = (pid) => commandOf(pid).replace(/-{20,}/, '').trim();
