import type { LaunchSpec } from '@pinky/funpack-runner/light';
import type { MadeCgroup } from '@pinky/jail';
import { disguised } from '../launch/isolate.js';
import type { NextLaunch } from '../launch/wrapper.js';
import type { LaunchLimits } from '../limits/run-limits.js';
import type { Standby } from '../machine/machine.js';
import type { GameRunOptions } from '../run/game-run-options.js';

/** The standby of the next run, and the cgroup that was made for it. */
export interface LaunchAhead {
  readonly standby: Standby;
  readonly cgroup: MadeCgroup;
}

/** The order of a launch, whichever run it is for. */
export function nextLaunch(
  { files, openFiles, confinement }: Pick<GameRunOptions<unknown>, 'files' | 'openFiles' | 'confinement'>,
  { command, cwd, env }: LaunchSpec,
  limits: LaunchLimits,
): NextLaunch {
  const { pidFile, pipeStdin, pipeAlive } = files.paths;
  return {
    pidFile,
    pipeStdin,
    pipeAlive,
    cwd,
    env,
    openFiles: openFiles(),
    ...limits,
    ...disguised(confinement()?.isolation, command, files),
  };
}
