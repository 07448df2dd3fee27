import { Dialect } from '@pinky/funpack-runner/light';
import type { Clock, FunpackManifest, GameEvent, Logger, Message } from '@pinky/protocol';
import type { Later } from '../admission/after-work.js';
import type { ConsoleArchive } from '../console/archive.js';
import { readEarliest, writeCheckpoint } from '../record/checkpoint.js';
import { readDialect } from '../record/dialect-file.js';
import type { Position } from '../record/position.js';
import type { ServerFiles } from '../record/server-files.js';
import { recordedSecrets } from '../secrets/recorded-secrets.js';
import type { RunSecrets } from '../secrets/run-secrets.js';
import { deriveBatch, type LineRange } from './derive.js';
import type { EventBatch } from './event-batch.js';
import { EventSender } from './event-sender.js';

/** The run that a server is in, as publishing needs it. */
export interface LiveRun {
  readonly id: string;
  readonly talk: { readonly manifest: FunpackManifest; readonly secrets?: RunSecrets };
  readonly runLog: {
    readonly archive: Pick<ConsoleArchive, 'punch' | 'punchable'>;
    note(type: string, fields: Readonly<Record<string, unknown>>): void;
  };
}

export interface PublishingInput {
  readonly files: ServerFiles;
  readonly box: () => string;
  /** How much of the console may wait for Redis, bytes. */
  readonly limitBytes: () => number;
  readonly clock: Clock;
  readonly later: Later;
  readonly log: Logger;
  readonly send: (message: Message) => boolean;
  readonly liveRun: () => LiveRun | undefined;
  readonly onIdle: () => void;
  /** All of a run that has ended is published. */
  readonly onPublished: (run: string) => void;
  readonly onNewerRun: (run: string) => void;
}

interface LostEvents {
  readonly run: string;
  readonly from: Position;
  readonly to: Position;
  readonly because: string;
  readonly count?: number;
  readonly unsure?: number;
}

/** Sends events, and deals with the files whose events are published: checkpoints, holes, removal. */
export class Publishing {
  readonly sender: EventSender;
  #isPunching = false;
  readonly #looks = new Set<() => void>();

  constructor(private readonly input: PublishingInput) {
    const { files, clock, later, send, onPublished, onNewerRun, limitBytes } = input;
    this.sender = new EventSender({
      serverId: files.serverId,
      clock,
      later,
      send,
      onNewerRun,
      limitBytes,
      derive: (run, range) => this.#derive(run, range),
      earliest: (run) => readEarliest(files.paths.run(run)),
      onAcked: (batch) => this.#giveBack(batch),
      onRunPublished: onPublished,
      onLost: (run, from, to, because) => this.#tellLost({ run, from, to, because }),
      onDropped: (dropped) => {
        const because = 'more of the console was unpublished than events.unpublished_limit allows';
        this.#tellLost({ ...dropped, because });
        this.#giveBack(dropped);
      },
      onIdle: () => this.#idle(),
    });
  }

  /** Resolves when everything is published, or after `timeoutMs`. Resolves at once if there is no queue. */
  settled(timeoutMs: number): Promise<void> {
    return this.sender.isConnected ? this.#until(() => this.sender.isIdle, timeoutMs) : Promise.resolve();
  }

  /**
   * Resolves when no run is left whose events might come, or after `timeoutMs`: the queue may only just be saying
   * hello.
   */
  finished(timeoutMs: number): Promise<void> {
    return this.#until(() => this.sender.isDone, timeoutMs);
  }

  /**
   * Writes down how far the current run is published, for the next worker. Answers whether it could. With
   * `isGivenBack`, nothing before that place will be readable any more.
   */
  checkpoint(isGivenBack = false): boolean {
    const { files, log, liveRun } = this.input;
    const run = liveRun()?.id;
    const acked = run && this.sender.acked(run);
    if (!acked) return false;
    try {
      const paths = files.paths.run(run);
      writeCheckpoint(paths.checkpoint, acked, isGivenBack ? acked : readEarliest(paths));
      return true;
    } catch (error) {
      log.warn({ event: 'checkpoint.unwritten', error: String(error) }); // the one before still holds
      return false;
    }
  }

  async #until(isSo: () => boolean, timeoutMs: number): Promise<void> {
    if (isSo()) return;
    const over = new AbortController();
    const look = (): void => { if (isSo()) over.abort(); };
    this.#looks.add(look);
    await this.input.clock.rest(timeoutMs, over.signal);
    this.#looks.delete(look);
  }

  #derive(run: string, range: LineRange): EventBatch {
    const { files, box, clock } = this.input;
    const reader = new Dialect(this.#manifestOf(run), range.from);
    const names = { serverId: files.serverId, box: box(), run };
    const secrets = this.#secretsOf(run);
    const input = { names, paths: files.paths.run(run), reader, shown: (event: GameEvent) => secrets.event(event) };
    return deriveBatch({ ...input, wallNowMs: clock.wallNow() }, range);
  }

  /** How to read the run's console: as the funpack said when the run began. */
  #manifestOf(run: string): FunpackManifest {
    const live = this.input.liveRun();
    return live?.id === run ? live.talk.manifest : readDialect(this.input.files.paths.run(run));
  }

  #secretsOf(run: string): RunSecrets {
    const { files, liveRun } = this.input;
    const live = liveRun();
    return (live?.id === run ? live.talk.secrets : undefined) ?? recordedSecrets(files, run);
  }

  /**
   * Tells, in the log and as an event, of events that will never come. `count` is their number, if it can be known.
   * `unsure` is the number of those that may come after all.
   */
  #tellLost({ run, from, to, because, count, unsure }: LostEvents): void {
    const { log, files, liveRun } = this.input;
    const fields = {
      lost_run: run,
      from: from.console,
      to: to.console,
      bytes: to.console - from.console,
      because,
      ...(count !== undefined && { count }),
      ...(unsure && { unsure }),
    };
    log.error({ event: 'events.lost', serverId: files.serverId, ...fields });
    liveRun()?.runLog.note('events_lost', fields);
  }

  /** Gives console ranges back to the file system, once it is written down that they are not needed any more. */
  #giveBack({ run, to }: { readonly run: string; readonly to: Position }): void {
    const live = this.input.liveRun();
    if (live?.id !== run || this.#isPunching) return;
    const end = live.runLog.archive.punchable(to.console);
    if (end === undefined || !this.checkpoint(true)) return;
    this.#isPunching = true;
    void live.runLog.archive.punch(end).finally(() => { this.#isPunching = false; });
  }

  #idle(): void {
    for (const look of this.#looks) look();
    this.input.onIdle();
  }
}
