import { errnoOf, isServerId, namesIn } from '@pinky/protocol';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The log of a worker, and its rotations. Successors had logs of their own once. */
const workerLog = /^(?:worker|successor)-(.+)\.log(?:\.\d+)?$/;

/**
 * Removes the empty logs of servers that have no worker, and empty rotations of them: a worker prints nothing unless it
 * breaks. Throws the error of unlink(2) after it has tried all of them.
 */
export function removeEmptyLogs(logDir: string, hasWorker: (serverId: string) => boolean): void {
  let failure: unknown;
  for (const name of namesIn(logDir)) {
    const serverId = workerLog.exec(name)?.[1];
    if (serverId === undefined || !isServerId(serverId) || hasWorker(serverId)) continue;
    try {
      removeIfEmpty(join(logDir, name));
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
}

/** A log with content stays: it may say why a process broke. Throws the error of stat(2) or unlink(2), but ENOENT. */
export function removeIfEmpty(path: string): void {
  try {
    const found = statSync(path);
    if (found.isFile() && found.size === 0) rmSync(path, { force: true });
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
