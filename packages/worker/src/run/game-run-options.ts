import type { Clock, GameEvent, Logger } from '@pinky/protocol';
import type { Later } from '../admission/after-work.js';
import type { Confinement } from '../launch/confinement.js';
import type { ExitStatus } from '../launch/exit-status.js';
import type { Machine } from '../machine/machine.js';
import type { EventBatch } from '../publish/event-batch.js';
import type { Checkpoint } from '../record/checkpoint.js';
import type { RunJournalEntry } from '../record/run-journal.js';
import type { ServerFiles } from '../record/server-files.js';

/** `Run` is the run itself, which is named to those who hear of it. */
export interface GameRunOptions<Run> {
  readonly files: ServerFiles;
  readonly machine: Machine;
  readonly box: string;
  readonly runId: string;
  readonly historyBytes: () => number;
  /** How a game that is launched now is confined. */
  readonly confinement: () => Confinement | undefined;
  /** How many files a game may have open. */
  readonly openFiles: () => number;
  /** How far the worker before had got. */
  readonly from?: Checkpoint;
  /** The notes of the worker before in this run. */
  readonly noted?: readonly RunJournalEntry[];
  readonly clock: Clock;
  readonly later: Pick<Later, 'soon'>;
  readonly log: Logger;
  readonly onEvent: (event: GameEvent, run: Run) => void;
  readonly onLaunched: (run: Run, pid: number) => void;
  /** The game has ended. Nothing that it said last has been read yet. */
  readonly onEnding: (run: Run) => void;
  readonly onExit: (status: ExitStatus, run: Run, launchError?: unknown) => void;
  readonly offer: (batch: EventBatch) => void;
}
