// The remains of a run that nobody has ended: processes, the cgroups of its games, and its folder.
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { load } from './modules.mjs';
import { names, processTable, treeOf } from './processes.mjs';

const { findHierarchies, homeIdentity, removeCgroup } = load('@pinky/jail');

/** How long ending processes may take in all, milliseconds. On a busy machine a hundred of them take seconds. */
const patienceMs = 30_000;
/** So many looks in a row must find no process: one that just becomes another program shows no environment. */
const quietLooks = 2;

/**
 * Ends the processes under `folder`, pid by pid, until none is left, and removes the cgroups of the boxes there. It is
 * synchronous, so that an interrupted run can call it too.
 */
export function endAll(folder) {
  const giveUpAt = performance.now() + patienceMs;
  for (let quiet = 0; quiet < quietLooks && performance.now() < giveUpAt;) {
    const left = processesOf(folder);
    quiet = left.length === 0 ? quiet + 1 : 0;
    // They are stopped before they are killed: a running supervisor would start again what was just killed.
    for (const signal of ['SIGSTOP', 'SIGKILL']) for (const pid of left) send(pid, signal);
    pauseSync(5);
  }
  // Only now: until its end, a worker may make one. The kernel lets it go some time after its last process.
  while (!removeCgroups(cgroupsOf(folder)) && performance.now() < giveUpAt) pauseSync(20);
}

/** The same, and then the folder itself. */
export function removeAll(folder) {
  endAll(folder);
  rmSync(folder, {
    recursive: true,
    force: true,
    maxRetries: 5,
    retryDelay: 50,
  });
}

/** Those that name the folder, and their children. */
function processesOf(folder) {
  const table = processTable();
  const found = [...table.keys()].filter((pid) => pid !== process.pid && names(pid, folder));
  return treeOf(found, table).map(({ pid }) => pid);
}

function send(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // gone meanwhile
  }
}

/** The cgroups of the box whose home is `folder`, or of those whose homes are in it: a home gives them its name. */
function cgroupsOf(folder) {
  const homes = [folder, ...foldersIn(folder)].filter((dir) => namesIn(dir).includes('pinky.yml')).map(homeIdentity);
  return findHierarchies().flatMap(({ dir }) =>
    foldersIn(join(dir, 'pinky')).filter((cgroup) => homes.some((home) => cgroup.startsWith(join(dir, 'pinky', home)))),
  );
}

/** Those of a box and of its games. False if one could not be removed yet. */
function removeCgroups(ofBoxes) {
  const ofGames = ofBoxes.flatMap(foldersIn);
  return removeCgroup(ofGames, 0) && removeCgroup(ofBoxes, 1);
}

function namesIn(dir, options = {}) {
  try {
    return readdirSync(dir, options);
  } catch {
    return []; // there is none
  }
}

const foldersIn = (dir) =>
  namesIn(dir, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [join(dir, entry.name)] : []));

const pauseSync = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
