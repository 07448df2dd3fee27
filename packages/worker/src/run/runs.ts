import type { BoxConfig, Clock, GameEvent, Logger, NotedFields, NotedType } from '@pinky/protocol';
import type { Later } from '../admission/after-work.js';
import { historyBytesOf } from '../console/archive.js';
import type { Confinement } from '../launch/confinement.js';
import type { ExitStatus } from '../launch/exit-status.js';
import type { Machine } from '../machine/machine.js';
import type { EventSender } from '../publish/event-sender.js';
import { runStart, type Checkpoint } from '../record/checkpoint.js';
import type { RecordedAnswers } from '../record/recorded-answers.js';
import type { RunJournalEntry } from '../record/run-journal.js';
import { nextRunId } from './run-id.js';
import type { ServerFiles } from '../record/server-files.js';
import { GameRun } from './game-run.js';
import type { GameRunOptions } from './game-run-options.js';

/** Linux's own soft limit of open files, for a box whose configuration an older version wrote. */
const usualOpenFiles = 1_024;

export interface RunsOptions {
  readonly config: () => BoxConfig;
  readonly files: ServerFiles;
  /** How a game that is launched now is confined. */
  readonly confinement: () => Confinement | undefined;
  readonly machine: Machine;
  readonly answers: RecordedAnswers;
  readonly sender: Pick<EventSender, 'addRun' | 'completeRun' | 'offer'>;
  readonly clock: Clock;
  readonly afterWork: Pick<Later, 'soon'>;
  readonly log: Logger;
  /** Hears the current run only. Late events of an older run do not matter. */
  readonly onEvent: (event: GameEvent, run: GameRun) => void;
  readonly onLaunched: (run: GameRun, pid: number) => void;
  /** The game has ended. Nothing that it said last has been read yet. */
  readonly onEnding: () => void;
  readonly onExit: (status: ExitStatus, launchError?: unknown) => void;
}

/** The runs of a server, of which at most one is current: how a run begins, what is noted in it, how it ends. */
export class Runs {
  #current: GameRun | undefined;
  #newest = '';

  constructor(private readonly options: RunsOptions) {}

  /** The run that began last in this process, even if it is over. */
  get current(): GameRun | undefined {
    return this.#current;
  }

  /** A run is on disk. The next one comes after it. */
  know(run: string): void {
    if (run > this.#newest) this.#newest = run;
  }

  /** Begins a new run, which is the current one from now on. Throws if the disk is full. */
  begin(): GameRun {
    const { answers, clock, afterWork, sender, files } = this.options;
    files.assertOurs();
    this.know(answers.lastRun);
    const id = nextRunId(clock.wallNow(), this.#newest);
    const run = this.#make(id);
    this.know(id);
    // until then its folder shows that the id is used
    afterWork.soon(() => this.#try('run', () => answers.useRun(id)));
    sender.addRun(id, runStart, runStart, false);
    this.#current = run;
    return run;
  }

  /** Goes on with a run of the worker before, from its checkpoint, and knows what that worker noted. */
  resume(id: string, from: Checkpoint, noted: readonly RunJournalEntry[]): GameRun {
    const run = this.#make(id, { from, noted });
    const live = { console: from.console, journal: run.runLog.position.journal };
    this.options.sender.addRun(id, from, live, false);
    this.#current = run;
    return run;
  }

  /** Notes an event of the worker in the current run. If there is none, the note gets a run of its own. */
  note<Type extends NotedType>(type: Type, fields: NotedFields[Type]): void {
    // A backup that was cut short may tell of that late. Its note must not begin a run that is newer than the game's.
    if (this.options.files.areLetGo) return;
    const run = this.#current;
    if (run && !run.runLog.isClosed) return run.runLog.note(type, fields);
    this.#try(type, () => {
      this.begin().runLog.note(type, fields);
      this.close();
    });
  }

  /** Ends the run, unless its game lives: once its notes are on disk and its console is in the history. */
  close(): void {
    const run = this.#closable;
    run?.close(() => this.options.afterWork.soon(() => {
      run.runLog.archiveAll();
      this.options.sender.completeRun(run.id);
    }));
  }

  /** Ends the last run of a server that is to be removed, at once: its history is moved away next. */
  closeLast(): void {
    const run = this.#closable;
    run?.close(() => {
      run.runLog.archiveAll();
      this.options.sender.completeRun(run.id);
    });
  }

  get #closable(): GameRun | undefined {
    const run = this.#current;
    return run && !run.runLog.isClosed && !run.lives ? run : undefined;
  }

  #make(runId: string, before: Pick<GameRunOptions<GameRun>, 'from' | 'noted'> = {}): GameRun {
    const { files, machine, clock, afterWork, log, config, confinement, sender } = this.options;
    const { onEvent, onLaunched, onEnding, onExit } = this.options;
    files.makeRun(runId);
    return new GameRun({
      files,
      machine,
      box: config().box,
      runId,
      historyBytes: () => historyBytesOf(config()),
      confinement,
      openFiles: () => config().game?.openFiles ?? usualOpenFiles,
      clock,
      later: afterWork,
      log,
      ...before,
      onEvent: (event, run) => run === this.#current && onEvent(event, run),
      onLaunched,
      onEnding: (run) => run === this.#current && onEnding(),
      onExit: (status, run, launchError) => run === this.#current && onExit(status, launchError),
      offer: (batch) => sender.offer(batch),
    });
  }

  /** Does something that is worth an attempt on a full disk, and logs a failure. */
  #try(what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      const { files: { serverId }, log } = this.options;
      log.error({ event: 'run.unwritten', serverId, what, error: String(error) });
    }
  }
}
