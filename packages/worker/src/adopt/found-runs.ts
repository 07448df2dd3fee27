import type { Logger } from '@pinky/protocol';
import { readRunIdentity } from '../launch/run-identity.js';
import type { Machine } from '../machine/machine.js';
import type { ServerFiles } from '../record/server-files.js';

export interface FindRunsInput {
  readonly files: ServerFiles;
  readonly machine: Pick<Machine, 'isAlive'>;
  readonly log: Logger;
}

/**
 * The runs on disk, oldest first. No run should be newer than that of a living game. If one is, it is removed, because
 * the game comes first.
 */
export function findRuns({ files, machine, log }: FindRunsInput): string[] {
  const { serverId } = files;
  const runs = files.runs();
  const living = runs.findLastIndex((run) => {
    const identity = readRunIdentity(files.paths.run(run).identity);
    return identity !== undefined && machine.isAlive(identity.game);
  });
  if (living < 0) return runs;
  for (const run of runs.slice(living + 1)) {
    log.error({
      event: 'run.superfluous',
      serverId,
      run,
      living: runs[living],
    });
    files.removeRun(run);
  }
  return runs.slice(0, living + 1);
}
