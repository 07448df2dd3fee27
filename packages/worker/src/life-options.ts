import type { BoxConfig, Clock, ErrorCode, Logger, ProgressListener } from '@pinky/protocol';
import type { AfterWork } from './admission/after-work.js';
import type { Turns } from './admission/backup-turns.js';
import type { Admission } from './admission/launch-admission.js';
import type { BackupStore } from './backup/backup-store.js';
import type { StallTotal } from './hang/starvation.js';
import type { Machine } from './machine/machine.js';
import type { Ports } from './ports/port-pool.js';
import type { Prepare } from './prepare/preparation.js';
import type { GameQueryParts } from './query/game-query.js';
import type { RecordedAnswers } from './record/recorded-answers.js';
import type { ServerFiles } from './record/server-files.js';
import type { RunsOptions } from './run/runs.js';
import type { AskQueue } from './settings/settings-teller.js';

/** The things that the life of a server needs from around it. */
export interface ServerLifeOptions {
  readonly config: () => BoxConfig;
  readonly files: ServerFiles;
  readonly machine: Machine;
  readonly ports: Ports;
  readonly admission: Admission;
  readonly turns: Turns;
  /** How long tasks of this machine have waited for a processor, memory or the disk. */
  readonly stallMs: StallTotal;
  readonly prepare: Prepare;
  readonly store: BackupStore;
  readonly answers: RecordedAnswers;
  readonly sender: RunsOptions['sender'];
  readonly askQueue: AskQueue;
  /** Asks the game by its own protocol. */
  readonly askGame: GameQueryParts['ask'];
  /** Resolves when everything is published, or after the time. */
  readonly published: (timeoutMs: number) => Promise<void>;
  readonly clock: Clock;
  /** The work that gives way to a launch. */
  readonly afterWork: AfterWork;
  /** In [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
  readonly onChange: () => void;
  /** The server is to stay down until it is started again; `because` says why Pinky gave it up. */
  readonly onStaysDown: (because?: ErrorCode) => void;
  readonly onProgress: ProgressListener;
}
