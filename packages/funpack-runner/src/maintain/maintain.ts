import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  maintenanceFile,
  PinkyError,
  readMaintenance,
  toErrorAnswer,
  type MaintenanceProblem,
  type MaintenanceState,
} from '@pinky/protocol';
import { keepParks } from '../park/keep-parks.js';
import { claimStore } from '../remote/known-stores.js';
import { openStore } from '../remote/open-store.js';
import type { Store } from '../remote/store.js';
import { isFull } from '../retention/full-disk.js';
import { s3AccessOf } from '../s3/s3-access.js';
import { KeyRing } from '../seal/key-ring.js';
import { withLock } from '../store/lock.js';
import type { MaintainTask, RunnerResults } from '../task/tasks.js';
import type { WorkContext } from '../task/work-context.js';
import { damagedBackups, retainAll, verifyNewest } from './look-after.js';
import { uploadPending, waitingBackups } from './upload.js';

/** One part of the maintenance. It finds in files what is to be done, so it can be ended and begun anew at any time. */
export interface MaintenancePart {
  readonly name: string;
  /** Answers how much it did. A failure is told, and holds up no other part. */
  readonly run: (task: MaintainTask, work: WorkContext) => Promise<number>;
}

/** In this order: a backup that is verified may go to the store, and only what is there may be removed. */
export const maintenanceParts: readonly MaintenancePart[] = [
  { name: 'verify', run: verifyNewest },
  { name: 'upload', run: upload },
  { name: 'parks', run: keepParks },
  { name: 'retain', run: retainAll },
];

/**
 * One round of everything about backups that no worker owns. Only one process does it at a time. Throws `cancelled`;
 * any other failure is in the answer and in the file that tells how the maintenance stands. Where the home has no room
 * for that, what is no longer to be kept goes first. Throws `not_found` if the home is gone: it was moved, and is not
 * made anew in its old place.
 */
export async function maintain(
  task: MaintainTask,
  work: WorkContext,
  parts = maintenanceParts,
): Promise<RunnerResults['maintain']> {
  if (!existsSync(task.home)) throw new PinkyError('not_found', `the home ${task.home} is gone`);
  try {
    return await round(task, work, parts);
  } catch (failure) {
    if (!isFull(failure) || (await retainAll(task, work)) === 0) throw failure;
    return round(task, work, parts);
  }
}

function round(
  task: MaintainTask,
  work: WorkContext,
  parts: readonly MaintenancePart[],
): Promise<RunnerResults['maintain']> {
  return withLock(join(task.home, '.maintenance'), { signal: work.signal }, async (signal) => {
    const before = readMaintenance(task.home)?.problems ?? {};
    const problems: Record<string, MaintenanceProblem> = {};
    const done: Record<string, number> = {};
    for (const { name, run } of parts) {
      try {
        done[name] = await run(task, { ...work, signal });
      } catch (failure) {
        if (signal.aborted) throw new PinkyError('cancelled', 'the maintenance was cancelled', { cause: failure });
        const { code, message } = toErrorAnswer(failure);
        problems[name] = { code, message, since: before[name]?.since ?? work.wallNow() };
      }
    }
    const state = await stateOf(task, work, problems);
    writeState(task.home, state);
    return { done, waiting: state.waiting, problems };
  });
}

async function upload(task: MaintainTask, work: WorkContext): Promise<number> {
  const store = storeOf(task, work.signal);
  const newestKey = (): Buffer | undefined => new KeyRing(task.home).newest?.key;
  if (!store) return 0;
  await claimStore(task.home, store, work.wallNow());
  return uploadPending({ backupsDir: task.backupsDir, store, work, newestKey });
}

const storeOf = ({ store, allowedHosts, s3 }: MaintainTask, signal: AbortSignal): Store | undefined =>
  store === undefined ? undefined : openStore(store, { allowedHosts, signal, s3: s3 ?? s3AccessOf({}) });

async function stateOf(
  task: MaintainTask,
  { signal, wallNow }: WorkContext,
  problems: Record<string, MaintenanceProblem>,
): Promise<MaintenanceState> {
  const damaged = await damagedBackups(task.backupsDir).catch(() => ({})); // the parts have told why it cannot be read
  const isAnyDamaged = Object.keys(damaged).length > 0;
  const state = { version: 1, at: wallNow(), waiting: {}, problems, ...(isAnyDamaged && { damaged }) } as const;
  try {
    const store = storeOf(task, signal);
    if (!store) return state;
    const waiting = await waitingBackups({ backupsDir: task.backupsDir, store });
    return { ...state, store: store.url, waiting };
  } catch {
    return state; // its address is wrong, which `problems` tells
  }
}

function writeState(home: string, state: MaintenanceState): void {
  const path = maintenanceFile(home);
  writeFileSync(`${path}.${process.pid}`, `${JSON.stringify(state)}\n`, { mode: 0o600 });
  renameSync(`${path}.${process.pid}`, path);
}
