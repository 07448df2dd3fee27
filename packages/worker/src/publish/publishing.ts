import { Dialect } from '@pinky/funpack-runner/light';
import type { Clock, Logger, Message } from '@pinky/protocol';
import type { Instance } from '../life/instance.js';
import type { ServerFiles } from '../life/server-files.js';
import { writeCheckpoint } from '../record/checkpoint.js';
import type { Batch } from './batch.js';
import { deriveBatch } from './derive.js';
import { Publisher } from './publisher.js';

export interface PublishingInput {
  readonly files: ServerFiles;
  readonly box: () => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly send: (message: Message) => boolean;
  readonly instance: () => Instance | undefined;
  readonly onIdle: () => void;
}

/** The publisher together with what becomes of files once their events are published: checkpoints, holes, removal. */
export class Publishing {
  readonly publisher: Publisher;
  #acked: Batch | undefined;
  #isPunching = false;
  readonly #waiting = new Set<() => void>();

  constructor(private readonly input: PublishingInput) {
    this.publisher = new Publisher({
      serverId: input.files.serverId,
      send: input.send,
      derive: (run, from, to) => this.#derive(run, from, to),
      onAcked: (batch) => this.#published(batch),
      onRunPublished: (run) => input.files.removeRun(run),
      onIdle: () => this.#idle(),
    });
  }

  /** Resolves when nothing is left to publish, or after `timeoutMs`. */
  settled(timeoutMs: number): Promise<void> {
    if (this.publisher.isIdle) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, timeoutMs);
      this.#waiting.add(finish);
    });
  }

  /** Writes down how far everything is published, so that a successor need not read it again. */
  checkpoint(): void {
    const batch = this.#acked;
    const instance = this.input.instance();
    if (!batch?.after || instance?.run.id !== batch.run) return;
    try {
      writeCheckpoint(instance.run.paths.checkpoint, { ...batch.to, ...batch.after });
    } catch (error) {
      this.input.log.warn({ event: 'checkpoint.unwritten', error: String(error) }); // the one before still holds
    }
  }

  #derive(run: string, from: Batch['from'], to: Batch['to']): Batch {
    const { files, box, clock } = this.input;
    const dialect = this.input.instance()?.freshDialect() ?? new Dialect({ name: 'unknown', version: '0' });
    const names = { serverId: files.serverId, box: box(), run };
    return deriveBatch({ names, run: files.paths.run(run), read: (line) => dialect.read(line), wallNowMs: clock.wallNow() }, from, to);
  }

  #published(batch: Batch): void {
    this.#acked = batch;
    const instance = this.input.instance();
    if (!batch.after || instance?.run.id !== batch.run || this.#isPunching) return;
    const end = instance.run.archive.punchable(batch.to.console);
    if (end === undefined) return;
    this.checkpoint();
    this.#isPunching = true;
    void instance.run.archive.punch(end).finally(() => { this.#isPunching = false; });
  }

  #idle(): void {
    for (const finish of this.#waiting) finish();
    this.input.onIdle();
  }
}
