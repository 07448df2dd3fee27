import { assertNever } from '@pinky/protocol';
import { backUp } from '../backup/backup.js';
import { restore } from '../backup/restore.js';
import { bootstrap } from '../bootstrap/bootstrap.js';
import { readFunpack } from '../funpack/read-funpack.js';
import { patchFiles } from '../patch/patch-files.js';
import { fetchFunpack } from '../store/fetch-funpack.js';
import { fetchWorld } from '../store/fetch-world.js';
import { pruneCache } from '../store/prune-cache.js';
import type { RunnerResult, RunnerTask } from './tasks.js';
import type { WorkContext } from './work-context.js';

/** Does one task in this process. */
export async function perform(task: RunnerTask, work: WorkContext): Promise<RunnerResult<RunnerTask>> {
  switch (task.type) {
    case 'fetch':
      return fetchFunpack(task, work);
    case 'fetchWorld':
      return fetchWorld(task, work);
    case 'restore':
      return restore(task, work);
    case 'bootstrap':
      return bootstrap(task, work);
    case 'patch':
      return patchFiles(readFunpack(task.funpackDir, task.digest), task.context);
    case 'backup':
      return backUp(task, work);
    case 'prune':
      return pruneCache(task, work);
    default:
      return assertNever(task);
  }
}
