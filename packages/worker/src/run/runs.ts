import type { BoxConfig, Clock, GameEvent, Logger, WorkerEventType } from '@pinky/protocol';
import { historyBytesOf } from '../console/archive.js';
import type { ExitStatus } from '../launch/exit-status.js';
import { startOfRun } from '../publish/event-batch.js';
import type { EventSender } from '../publish/event-sender.js';
import type { RecordedAnswers } from '../record/recorded-answers.js';
import { runStart, type Checkpoint } from '../record/checkpoint.js';
import { nextRunId } from '../record/run-id.js';
import { GameRun } from './game-run.js';
import type { ServerFiles } from '../record/server-files.js';

export interface RunsOptions {
  readonly config: () => BoxConfig;
  readonly files: ServerFiles;
  readonly book: RecordedAnswers;
  readonly publisher: EventSender;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the current run only: what an older one says late does not matter. */
  readonly onEvent: (event: GameEvent, instance: GameRun) => void;
  readonly onLaunched: (instance: GameRun) => void;
  readonly onExit: (status: ExitStatus) => void;
}

/** The run that a server is in, if any: how one begins, what is noted in it, how it ends. */
export class Runs {
  instance: GameRun | undefined;
  #newest = '';

  constructor(private readonly options: RunsOptions) {}

  /** A run that is on disk: the next one comes after it. */
  know(run: string): void {
    if (run > this.#newest) this.#newest = run;
  }

  /** A new run, which is the current one from now on. Throws where the disk is full. */
  begin(): GameRun {
    const { book, clock, publisher, files } = this.options;
    files.assertOurs();
    this.know(book.lastRun);
    const runId = nextRunId(clock.wallNow(), this.#newest);
    const instance = this.#make(runId);
    this.know(runId);
    setImmediate(() => this.#try('run', () => book.useRun(runId))); // until then its folder says that it was used
    publisher.addRun(runId, runStart, startOfRun, false);
    this.instance = instance;
    return instance;
  }

  /** A run that a predecessor began, to go on from its checkpoint. */
  resume(runId: string, from: Checkpoint): GameRun {
    const instance = this.#make(runId, from);
    this.options.publisher.addRun(
      runId,
      from,
      { console: from.console, journal: instance.run.position.journal },
      false,
    );
    this.instance = instance;
    return instance;
  }

  /** An event of the worker's own: in the current run, or in one of its own where there is none. */
  note(type: WorkerEventType, fields: Readonly<Record<string, unknown>> = {}): void {
    const { instance } = this;
    // such as of a backup that was cut short: a run of its own would be newer than that of the game
    if (this.options.files.areLetGo) return;
    if (instance && !instance.run.isClosed) return instance.run.note(type, fields);
    this.#try(type, () => {
      this.begin().run.note(type, fields);
      this.close();
    });
  }

  /** Ends the run, unless its game lives: once its notes are on disk, and its console is in the history. */
  close(): void {
    const { instance } = this;
    if (!instance || instance.run.isClosed || instance.lives) return;
    instance.close(() => void setImmediate(() => {
      instance.run.archiveAll();
      this.options.publisher.completeRun(instance.run.id);
    }));
  }

  /** Ends the last run of a server that is to be removed: at once, and its console stays where it is. */
  closeLast(): void {
    const { instance } = this;
    if (!instance || instance.run.isClosed || instance.lives) return;
    instance.close(() => this.options.publisher.completeRun(instance.run.id));
  }

  #make(runId: string, from?: Checkpoint): GameRun {
    const { files, clock, log, config, publisher, onEvent, onLaunched, onExit } = this.options;
    return new GameRun({
      files,
      box: config().box,
      runId,
      historyBytes: () => historyBytesOf(config()),
      clock,
      log,
      ...(from && { from }),
      onEvent: (event, instance) => instance === this.instance && onEvent(event, instance),
      onLaunched,
      onExit: (status, instance) => instance === this.instance && onExit(status),
      offer: (batch) => publisher.offer(batch),
    });
  }

  /** Does what is worth an attempt on a full disk, and says so where it failed. */
  #try(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.options.log.error({
        event: 'run.unwritten',
        serverId: this.options.files.serverId,
        what,
        error: String(error),
      });
    }
  }
}
