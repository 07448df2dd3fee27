import type { Clock } from '@pinky/protocol';
import { readRunIdentity } from '../launch/run-identity.js';
import type { Machine } from '../machine/machine.js';
import type { ServerFiles } from '../record/server-files.js';
import type { Runs } from '../run/runs.js';

/**
 * Pause between a game's launch and the search for the remains of the game before it, milliseconds: the search must not
 * slow the launch.
 */
const pauseMs = 50;

export interface OldRemainsParts {
  readonly runs: Pick<Runs, 'current'>;
  readonly files: ServerFiles;
  readonly machine: Pick<Machine, 'killRemains'>;
  readonly clock: Clock;
}

/** Clears away the remains of a dead game, once the next game runs. */
export class OldRemains {
  #mayBeThere = false;

  constructor(private readonly parts: OldRemainsParts) {}

  /** A game has died. The rest of its group is killed at once; if there is none, that is cheap. */
  died(): void {
    const run = this.parts.runs.current;
    run?.clearGroup();
    this.#mayBeThere = !run?.limits.isInCgroup; // a cgroup has told all that there was
  }

  /** The next game is known by now. */
  launched(): void {
    if (!this.#mayBeThere) return;
    this.#mayBeThere = false;
    void this.parts.clock.rest(pauseMs).then(() => this.#clear());
  }

  /** Looks at every process of the machine: children of the game may have left its group and session. */
  #clear(): void {
    const { runs, files, machine } = this.parts;
    const known = runs.current && readRunIdentity(runs.current.runLog.paths.identity);
    if (!known) return;
    machine.killRemains({
      game: undefined,
      datafile: files.paths.datafile,
      wrapperPid: known.wrapperPid,
      bornBefore: runs.current?.vitals?.launchedAt ?? known.game.startTime,
    });
  }
}
