import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesOf } from '../../processes.mjs';

/**
 * What a box that is down leaves in its home, on purpose: configuration, logs, Redis's data, caches, recorded answers,
 * locks that nobody holds.
 */
const mayStay = [
  /^pinky\.yml$/,
  /^effective\.json$/,
  /^children\.json$/,
  /^log\//,
  /^redis\/(redis\.conf|appendonlydir\/[^/]+|dump\.rdb)$/,
  /^cache\//,
  /^answers\/[\w-]+\.jsonl$/,
  /^locks\/[\w-]+$/,
  /^[\w-]+\.lock$/,
];
/** Processes that were told to end have this long to be gone, milliseconds. */
const lastBreathMs = 1_000;

/** After the final `pinky down`: no process, and no FIFO, socket, port claim, lock or temporary file. */
export async function judgeLeaks({ box, violation }) {
  let left = processesOf(box.root);
  for (let waitedMs = 0; left.length > 0 && waitedMs < lastBreathMs; waitedMs += 100) {
    await sleep(100);
    left = processesOf(box.root);
  }
  for (const { pid, command } of left) violation(`left after pinky down: process ${pid}: ${command}`);
  for (const path of filesIn(box.servers)) violation(`left after pinky down: $SERVERS/${relative(box.servers, path)}`);
  for (const path of filesIn(box.home)) {
    const name = relative(box.home, path);
    const stat = statSync(path);
    if (name === 'supervisor.pid' && stat.size === 0) continue; // the lock's file: who locks it says so in it
    if (!stat.isFile() || /\.(tmp|new|part)\b/.test(name) || !mayStay.some((pattern) => pattern.test(name))) {
      violation(`left after pinky down: $PINKY_HOME/${name}`);
    }
  }
  for (const path of filesIn(join(box.root, 'backups')))
    if (!path.endsWith('.tar.lzo')) violation(`left after pinky down: ${relative(box.root, path)}`);
}

function filesIn(dir) {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(dir, entry.name)) : [join(dir, entry.name)],
  );
}
