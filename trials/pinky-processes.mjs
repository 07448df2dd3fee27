import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesIn } from '@pinky/protocol';
import { commandOf, environOf, identityOf, pids, statOf } from './processes.mjs';

const titlePattern = /^pinky: (supervisor|queue|worker)\b ?(\S*)/;

/**
 * Pinky's own processes of one home: role, server and identity. A child that has not set its title yet is left out.
 */
export function pinkyProcesses(home) {
  const found = [];
  const runners = [];
  for (const pid of pids()) {
    const command = commandOf(pid);
    if (/^pinky: funpack-runner|funpack-runner\/dist\/main/.test(command)) runners.push({ pid, command });
    const isRedis = command.startsWith('redis-server') && command.includes(`${home}/`);
    const title = titlePattern.exec(command);
    if (!isRedis && !title) continue;
    // Redis writes its title over its environment, so it is known by its command line.
    if (!isRedis && !`\0${environOf(pid)}\0`.includes(`\0PINKY_HOME=${home}\0`)) continue;
    const identity = identityOf(pid);
    if (identity) {
      found.push({
        pid,
        identity,
        role: isRedis ? 'redis' : title[1],
        command,
        serverId: title?.[1] === 'worker' ? title[2] : undefined,
      });
    }
  }
  return [...found, ...runners.flatMap((runner) => runnerOf(runner, found))];
}

/** A funpack-runner has nothing of Pinky's in its environment: it is known by its parent, a worker. */
function runnerOf({ pid, command }, known) {
  const parent = statOf(pid)?.parent;
  const worker = known.find((one) => one.role === 'worker' && one.pid === parent);
  const identity = identityOf(pid);
  return worker && identity ? [{
    pid,
    identity,
    role: 'funpack-runner',
    command,
    serverId: worker.serverId,
  }] : [];
}

/** The identity of the sh between a worker and its game. A standby that waits for the next run has claimed none. */
export function wrapperOf(serverDir) {
  const runs = join(serverDir, 'runs');
  const claims = namesIn(runs).toSorted().toReversed().map((run) => join(runs, run, 'claim'));
  for (const pid of claims.map((claim) => Number.parseInt(textOf(claim), 10)))
    if (pid > 1 && commandOf(pid).startsWith('/bin/sh ')) return identityOf(pid);
  return undefined;
}

const textOf = (path) => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // nobody has claimed it
  }
};
