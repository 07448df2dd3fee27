import { Dialect } from '@pinky/funpack-runner/light';
import type { Clock, FunpackManifest, Logger, Message } from '@pinky/protocol';
import type { GameRun } from '../run/game-run.js';
import type { ServerFiles } from '../record/server-files.js';
import { readCheckpoint, writeCheckpoint } from '../record/checkpoint.js';
import { readJsonObject } from '../record/read-json.js';
import { deriveBatch, type Range } from './derive.js';
import { EventSender } from './event-sender.js';
import type { EventBatch, Position } from './event-batch.js';

export interface PublishingInput {
  readonly files: ServerFiles;
  readonly box: () => string;
  /** Most of the console that may wait for Redis, bytes. */
  readonly limitBytes: () => number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly send: (message: Message) => boolean;
  readonly instance: () => GameRun | undefined;
  readonly onIdle: () => void;
  readonly onNewerRun: (run: string) => void;
}

/** The publisher together with what becomes of files once their events are published: checkpoints, holes, removal. */
export class Publishing {
  readonly publisher: EventSender;
  #isPunching = false;
  readonly #waiting = new Set<() => void>();

  constructor(private readonly input: PublishingInput) {
    const { files, clock, send, onNewerRun, limitBytes } = input;
    const { serverId } = files;
    this.publisher = new EventSender({
      serverId,
      clock,
      send,
      onNewerRun,
      limitBytes,
      derive: (run, range) => this.#derive(run, range),
      earliest: (run) => readCheckpoint(files.paths.run(run)),
      onAcked: (batch) => this.#giveBack(batch),
      onRunPublished: (run) => files.removeRun(run),
      onLost: (run, from, to, because) => this.#lost({ run, from, to, because }),
      onShed: (shed) => {
        this.#lost({ ...shed, because: 'more of the console was unpublished than events.unpublished_limit allows' });
        this.#giveBack(shed);
      },
      onIdle: () => this.#idle(),
    });
  }

  /** Resolves when nothing is left to publish, or after `timeoutMs`; at once where no queue is there to publish to. */
  settled(timeoutMs: number): Promise<void> {
    return this.publisher.isConnected ? this.#until(() => this.publisher.isIdle, timeoutMs) : Promise.resolve();
  }

  /**
   * Resolves when no run is left whose events might come, or after `timeoutMs`: the queue may only just be saying
   * hello.
   */
  finished(timeoutMs: number): Promise<void> {
    return this.#until(() => this.publisher.isDone, timeoutMs);
  }

  #until(isSo: () => boolean, timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const look = (): void => { if (isSo()) finish(); };
      const timer = setTimeout(finish, timeoutMs);
      this.#waiting.add(look);
      look();
    });
  }

  /**
   * Writes down how far the current run is published, so that a successor need not read it again. False where it could
   * not.
   */
  checkpoint(): boolean {
    const run = this.input.instance()?.run;
    const acked = run && this.publisher.acked(run.id);
    if (!acked) return false;
    try {
      writeCheckpoint(run.paths.checkpoint, acked);
      return true;
    } catch (error) {
      this.input.log.warn({ event: 'checkpoint.unwritten', error: String(error) }); // the one before still holds
      return false;
    }
  }

  #derive(run: string, range: Range): EventBatch {
    const { files, box, clock } = this.input;
    const reader = new Dialect(this.#manifestOf(run), range.from.players);
    const names = { serverId: files.serverId, box: box(), run };
    return deriveBatch({ names, paths: files.paths.run(run), reader, wallNowMs: clock.wallNow() }, range);
  }

  /** How the run's console is to be read: what the funpack said of it when the run began. */
  #manifestOf(run: string): FunpackManifest {
    const instance = this.input.instance();
    if (instance?.run.id === run) return instance.manifest;
    return { name: 'unknown', version: '0', ...readJsonObject(this.input.files.paths.run(run).dialect) };
  }

  /**
   * Says so where events will never come: in the log, and as an event. `count` is how many, where that can be known,
   * and `unsure` of how many nobody knows.
   */
  #lost({
    from,
    to,
    ...lost
  }: {
    readonly run: string;
    readonly from: Position;
    readonly to: Position;
    readonly because: string;
    readonly count?: number;
    readonly unsure?: number;
  }): void {
    const { log, files, instance } = this.input;
    const fields = {
      lost_run: lost.run,
      from: from.console,
      to: to.console,
      bytes: to.console - from.console,
      because: lost.because,
      ...(lost.count !== undefined && { count: lost.count }),
      ...(lost.unsure && { unsure: lost.unsure }),
    };
    log.error({ event: 'events.lost', serverId: files.serverId, ...fields });
    instance()?.run.note('events_lost', fields);
  }

  /** Gives console ranges back to the file system, once it is written down that they are not needed any more. */
  #giveBack({ run, to }: { readonly run: string; readonly to: Position }): void {
    const instance = this.input.instance();
    if (instance?.run.id !== run || this.#isPunching) return;
    const end = instance.run.archive.punchable(to.console);
    if (end === undefined || !this.checkpoint()) return;
    this.#isPunching = true;
    void instance.run.archive.punch(end).finally(() => { this.#isPunching = false; });
  }

  #idle(): void {
    for (const look of this.#waiting) look();
    this.input.onIdle();
  }
}
