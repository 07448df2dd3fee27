import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { lookFor } from '@pinky/protocol/testing';
import { processesOf } from '../../processes.mjs';

/**
 * A box that is down leaves these in its home on purpose: configuration, logs, Redis's data, caches, recorded answers,
 * and locks that nobody holds.
 */
const mayStay = [
  /^pinky\.yml$/,
  /^effective\.json$/,
  /^children\.json$/,
  /^log\//,
  /^redis\/(redis\.conf|appendonlydir\/[^/]+|dump\.rdb)$/,
  /^cache\//,
  /^answers\/[\w-]+\.jsonl$/,
  /^definitions\/(\.ports|\.unused|[\w-]+\.json)$/,
  /^history\//,
  /^identity$/, // the home's, which outlives every run
  /^launches\/\.[\w.-]+$/, // of a worker that was killed; the next launch removes it
  /^locks\/[\w-]+$/,
  /^[\w-]+\.lock$/,
];
/** How long processes that were told to end may take, milliseconds. */
const endMs = 1_000;

/** After the final `pinky down` no process is left, and no FIFO, socket, port claim, lock or temporary file. */
export async function judgeLeaks({ box, violation }) {
  let left = [];
  await lookFor(() => (left = processesOf(box.root)).length === 0, { timeoutMs: endMs, everyMs: 100 });
  for (const { pid, command } of left) violation(`left after pinky down: process ${pid}: ${command}`);
  for (const path of filesIn(box.servers)) violation(`left after pinky down: $SERVERS/${relative(box.servers, path)}`);
  for (const path of filesIn(box.home)) {
    const name = relative(box.home, path);
    const stat = statSync(path);
    // This file is a lock, and its holder's pid would be in it.
    if (name === 'supervisor.pid' && stat.size === 0) continue;
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
