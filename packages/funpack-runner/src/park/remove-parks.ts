import { existsSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, namesIn, parkDir, parkedWorlds, parkOf, safetyOf, serversWithParks } from '@pinky/protocol';
import type { ParkedWorld } from '@pinky/protocol';
import { removeTree } from '../kernel/remove-tree.js';
import { diskUse } from '../store/cache-entries.js';
import type { WorkContext } from '../task/work-context.js';
import { changedSince } from './changed-since.js';
import type { ParkLimits } from './park-limits.js';
import { recordPark, removeEmpty } from './park-world.js';

export interface RemovedParks {
  /** `<server>/<run>` of each world that was removed. */
  readonly removed: readonly string[];
  readonly freedBytes: number;
}

/** The mark of a world that is being removed. No run's name begins with it. */
const goingMark = '.removing.';

/**
 * Removes parked worlds that are beyond the limits, as far as their backups were read back, or nobody ever played in
 * them. Every other one stays, whatever the limits say, and so does one that somebody changed. May be ended at any
 * moment: the next call goes on.
 */
export async function removeParks(
  limits: ParkLimits,
  work: Pick<WorkContext, 'signal' | 'wallNow'>,
): Promise<RemovedParks> {
  const { servers, keepForMs, maxBytes } = limits;
  await finishRemovals(servers, work.signal);
  const removed: string[] = [];
  let [keptBytes, freedBytes] = [0, 0];
  for (const { park, at } of await removable(servers)) {
    if (work.signal.aborted) break;
    const bytes = await diskUse([park.path]);
    const mayStay = work.wallNow() - at <= keepForMs && keptBytes + bytes <= maxBytes;
    if (mayStay) keptBytes += bytes;
    if (mayStay || (await noteIfChanged(park, work.signal)) || !(await removePark(servers, park))) continue;
    removed.push(`${park.serverId}/${park.run}`);
    freedBytes += bytes;
  }
  return { removed, freedBytes };
}

/**
 * Removes a parked world, whatever holds it. False if a start has taken it back. The record is moved away before the
 * world: without one a world counts as needed, so a death in between loses nothing.
 */
export async function removePark(servers: string, { serverId, run, path, recordPath }: ParkedWorld): Promise<boolean> {
  const going = join(dirname(path), `${goingMark}${run}`);
  await rename(recordPath, `${going}.json`).catch(ignoreMissing);
  try {
    await rename(path, going);
  } catch (error) {
    ignoreMissing(error);
    await rm(`${going}.json`, { force: true });
    return false;
  }
  await removeTree(going);
  await rm(`${going}.json`, { force: true });
  removeEmpty(parkOf(servers, serverId));
  return true;
}

/** A coarse file system counts times in steps of so much, milliseconds. */
const stepMs = 2_000;

/**
 * Whether somebody changed a parked world after its record was written. Then its backup does not hold it: it stays, and
 * the record says so.
 */
export async function noteIfChanged(park: ParkedWorld, signal: AbortSignal): Promise<boolean> {
  const { record, recordPath, path } = park;
  const written = await stat(recordPath).catch(() => undefined);
  if (!record || !written) return true; // it is being taken back
  const changed = await changedSince(path, written.mtimeMs + stepMs, signal);
  if (changed === undefined) return false;
  const { backup: _, isUnused: __, ...rest } = record;
  const message = `the world was changed after it was parked (${changed})`;
  recordPark(park, { ...rest, failure: { code: 'world_unsaved', message } });
  return true;
}

/** The worlds that nothing is lost with, newest first. */
async function removable(servers: string): Promise<{ readonly park: ParkedWorld; readonly at: number }[]> {
  const parks = serversWithParks(servers).flatMap((id) => parkedWorlds(servers, id));
  const found: { park: ParkedWorld; at: number }[] = [];
  for (const park of parks) if ((await safetyOf(park)) === 'saved') found.push({ park, at: park.record?.at ?? 0 });
  return found.sort((a, b) => b.at - a.at);
}

/** Removes what the removals of runners that were killed have left, and folders in which nothing is. */
async function finishRemovals(servers: string, signal: AbortSignal): Promise<void> {
  for (const id of namesIn(parkDir(servers))) {
    const dir = join(parkDir(servers), id);
    for (const name of namesIn(dir).filter((each) => each.startsWith(goingMark)).toSorted()) {
      if (signal.aborted) return;
      await finish(join(dir, name));
    }
    removeEmpty(dir);
  }
}

/** A record whose world has not been moved yet goes back to it. */
async function finish(path: string): Promise<void> {
  if (!path.endsWith('.json')) return removeTree(path);
  const world = path.replace(goingMark, '').replace(/\.json$/, '');
  if (existsSync(world)) await rename(path, `${world}.json`);
  else await rm(path, { force: true });
}

function ignoreMissing(error: unknown): void {
  if (errnoOf(error) !== 'ENOENT') throw error;
}
