import { assertNever } from '@pinky/protocol';
import { backUp } from '../backup/backup.js';
import { restore } from '../backup/restore.js';
import { workByHand } from '../by-hand/work-by-hand.js';
import { bootstrap } from '../bootstrap/bootstrap.js';
import { askCatalogue } from '../going-back/ask-catalogue.js';
import { readFunpack } from '../funpack/read-funpack.js';
import { giveTree } from '../launch/give-tree.js';
import { install } from '../install/install.js';
import { readBack } from '../park/read-back.js';
import { maintain } from '../maintain/maintain.js';
import { patchFiles } from '../patch/patch-files.js';
import { KeyRing } from '../seal/key-ring.js';
import { fetchFunpack } from '../store/fetch-funpack.js';
import { fetchWorld } from '../store/fetch-world.js';
import { pruneCache } from '../store/prune-cache.js';
import type { RunnerResult, RunnerTask } from './tasks.js';
import type { WorkContext } from './work-context.js';

/** Does one task in this process, with the keys of the box that it is for. */
export async function perform(task: RunnerTask, work: WorkContext): Promise<RunnerResult<RunnerTask>> {
  const home = task.type === 'maintain' ? task.home : 'boxHome' in task ? task.boxHome : undefined;
  return performWith(task, home === undefined ? work : { ...work, findKey: new KeyRing(home).find });
}

async function performWith(task: RunnerTask, work: WorkContext): Promise<RunnerResult<RunnerTask>> {
  switch (task.type) {
    case 'fetch':
      return fetchFunpack(task, work);
    case 'fetchWorld':
      return fetchWorld(task, work);
    case 'restore':
      return restore(task, work);
    case 'bootstrap':
      return bootstrap(task, work);
    case 'install':
      return install(task, work);
    case 'patch':
      return patchFiles(readFunpack(task.funpackDir, task.digest), task.context);
    case 'give':
      return { kept: giveTree(task.dir, task.owner) };
    case 'backup':
      return backUp(task, work);
    case 'byHand':
      return workByHand(task, work);
    case 'catalogue':
      return askCatalogue(task, work);
    case 'readBack':
      return readBack(task, work);
    case 'prune':
      return pruneCache(task, work);
    case 'maintain':
      return maintain(task, work);
    default:
      return assertNever(task);
  }
}
