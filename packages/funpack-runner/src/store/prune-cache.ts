import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../kernel/remove-tree.js';
import { isRecord } from '../funpack/checks.js';
import type { PruneTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { cacheEntries, digestsInUse, diskUse, markUsed, modifiedAt, type CacheEntry } from './cache-entries.js';
import { cachePaths } from './cache-index.js';

/**
 * An entry that was used this recently stays, whatever the limits say: a start may be about to use it. Milliseconds.
 */
const startMs = 3_600_000;
/** Nobody works any more on a download or half-unpacked archive that is this old. Milliseconds. */
const incomingMs = 24 * 3_600_000;

/**
 * Removes entries that no server uses, as far as they are beyond the limits. Where nobody knows what is used, nothing
 * is removed.
 */
export async function pruneCache(
  task: PruneTask,
  work: Pick<WorkContext, 'signal' | 'wallNow'>,
): Promise<RunnerResults['prune']> {
  const inUse = await digestsInUse(task);
  if (!inUse) return { removed: [], freedBytes: 0 };
  const now = work.wallNow();
  const entries = await cacheEntries(task.cacheDir);
  for (const entry of entries) if (inUse.has(entry.digest)) await markUsed(entry.paths, now);
  const unused = entries
    .filter(({ digest, usedAt }) => !inUse.has(digest) && now - usedAt > startMs)
    .sort((a, b) => b.usedAt - a.usedAt);
  const removed: string[] = [];
  let [unusedBytes, freedBytes] = [0, 0];
  for (const entry of unused) {
    if (work.signal.aborted) break;
    const bytes = await diskUse(entry.paths);
    unusedBytes += bytes;
    const mayStay = now - entry.usedAt <= task.unusedForMs && unusedBytes <= task.unusedBytes;
    if (mayStay || !(await removeEntry(entry, task))) continue;
    removed.push(entry.digest);
    freedBytes += bytes;
  }
  await removeLeftovers(task.cacheDir, now);
  return { removed, freedBytes };
}

/** Moves an entry aside and looks at it once more. A start that began meanwhile gets it back. */
async function removeEntry({ digest, paths, usedAt }: CacheEntry, task: PruneTask): Promise<boolean> {
  const { incoming } = cachePaths(task.cacheDir);
  await mkdir(incoming, { recursive: true });
  const moved = paths.map((path) => [path, join(incoming, `pruned.${randomUUID()}`)] as const);
  for (const [path, aside] of moved) await rename(path, aside);
  const times = await Promise.all(moved.map(([, aside]) => modifiedAt(aside)));
  const isUsed = (await digestsInUse(task))?.has(digest) !== false || Math.max(...times) > usedAt;
  for (const [path, aside] of moved.toReversed()) await (isUsed ? rename(aside, path) : removeTree(aside));
  return !isUsed;
}

/** Removes what is known about addresses whose archives are gone, and what was never finished. */
async function removeLeftovers(cacheDir: string, now: number): Promise<void> {
  const { incoming, known, unpacked, world } = cachePaths(cacheDir);
  for (const path of await pathsIn(incoming)) if (now - (await modifiedAt(path)) > incomingMs) await removeTree(path);
  await removeUnknown(join(known('', 'funpacks'), '..'), unpacked, now);
  await removeUnknown(join(known('', 'worlds'), '..'), world, now);
}

async function removeUnknown(knownDir: string, archiveOf: (digest: string) => string, now: number): Promise<void> {
  for (const path of await pathsIn(knownDir)) {
    const digest = await digestIn(path);
    if (digest === undefined || (await modifiedAt(archiveOf(digest))) !== 0) continue;
    if (now - (await modifiedAt(path)) > startMs) await rm(path, { force: true });
  }
}

async function digestIn(path: string): Promise<string | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    return isRecord(value) && typeof value['sha256'] === 'string' ? value['sha256'] : undefined;
  } catch {
    return undefined; // damaged: it is written again when its address is asked for
  }
}

const pathsIn = async (dir: string): Promise<string[]> =>
  (await readdir(dir).catch(() => [])).map((name) => join(dir, name));
