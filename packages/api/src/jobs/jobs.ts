import { createHash } from 'node:crypto';
import {
  Lifetime,
  messageOf,
  PinkyError,
  toErrorAnswer,
  type BoxCommandName,
  type Clock,
  type CommandName,
  type Logger,
  type LongLived,
  type Progress,
  type ProgressListener,
} from '@pinky/protocol';
import type { QueueTalk } from '../talk/queue-talk.js';
import { JobFile } from './job-file.js';
import { isOver, progressOf, type KeptJob } from './job.js';

export interface JobsOptions {
  readonly home: string;
  readonly queue: Pick<QueueTalk, 'command' | 'isThere'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a job is remembered after its end, milliseconds. */
  readonly keptMs: () => number;
  /** The part of a result or an error that others may read. */
  readonly words: (text: string) => string;
}

/** The change that somebody asks for. */
export interface NewJob {
  readonly id: string;
  readonly by: string;
  readonly command: string;
  readonly serverId?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Work of this process itself. It is not taken up again when the process dies. */
export type OwnWork = (progress: ProgressListener) => Promise<unknown>;

/** Between two times that old jobs are forgotten, milliseconds. */
const forgetEveryMs = 10 * 60_000;
/** Jobs that are remembered at most; of those that are over the oldest go. */
const mostJobs = 10_000;

/** The changes that were asked for: what became of them, and how far they are. They outlive this process. */
export class Jobs implements LongLived {
  readonly #file: JobFile;
  readonly #jobs = new Map<string, KeptJob>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #life: Lifetime;

  constructor(private readonly options: JobsOptions) {
    this.#file = new JobFile(options.home);
    this.#life = new Lifetime({ begin: () => this.#begin() });
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  get(id: string): KeptJob | undefined {
    return this.#jobs.get(id);
  }

  /** The oldest first. */
  all(): readonly KeptJob[] {
    return [...this.#jobs.values()];
  }

  /**
   * Begins a job, or answers the one that has this id already. With `work` this process does it, otherwise the box does
   * it as a command. Throws `conflict` if the id belongs to another request.
   */
  async begin(asked: NewJob, work?: OwnWork): Promise<KeptJob> {
    const { id, by, command, serverId, data } = asked;
    const mark = createHash('sha256').update(JSON.stringify([by, command, data])).digest('hex').slice(0, 32);
    const known = this.#jobs.get(id);
    if (known && known.mark !== mark) {
      throw new PinkyError('conflict', 'this Idempotency-Key was used for another request');
    }
    if (known) return known;
    const job: KeptJob = {
      id,
      command,
      ...(serverId !== undefined && { serverId }),
      state: 'queued',
      createdAt: this.#now,
      ...(!work && { data }),
      mark,
      by,
    };
    this.#jobs.set(id, job);
    await this.#file.add(job);
    this.#life.add(this.#run(job, work ?? this.#asCommand(job)));
    return this.#jobs.get(id) ?? job;
  }

  /** Resolves when the job is over, or the time, or the signal aborts. */
  async whenOver(id: string, waitMs: number, signal?: AbortSignal): Promise<KeptJob | undefined> {
    const over = new AbortController();
    const end = (): void => over.abort();
    const unlisten = this.onChange(id, () => { if (isOver(this.#jobs.get(id) ?? { state: 'done' })) end(); });
    signal?.addEventListener('abort', end, { once: true });
    const job = this.#jobs.get(id);
    if (job && !isOver(job)) await this.options.clock.rest(waitMs, over.signal);
    signal?.removeEventListener('abort', end);
    unlisten();
    return this.#jobs.get(id);
  }

  /** Calls back at each change. Answers how to stop listening. */
  onChange(id: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
  }

  async #begin(): Promise<void> {
    for (const job of await this.#file.read()) this.#jobs.set(job.id, job);
    this.#forgetOld();
    await this.#file.replace(this.all());
    for (const job of this.all().filter((each) => !isOver(each))) this.#takeUp(job);
    this.#life.add(this.#keepForgetting());
  }

  /** The box answers a command that it has carried out already with the recorded answer. */
  #takeUp(job: KeptJob): void {
    if (job.data) return this.#life.add(this.#run(job, this.#asCommand(job)));
    const error = new PinkyError('outcome_unknown', 'the API ended while it did this');
    this.#life.add(this.#end(job.id, { state: 'failed', error: toErrorAnswer(error) }));
  }

  #asCommand({ id, command, data = {} }: KeptJob): OwnWork {
    const name = command as CommandName | BoxCommandName; // the routes ask for these only
    return (progress) => this.options.queue.command({ name, data, id }, progress);
  }

  async #run({ id }: KeptJob, work: OwnWork): Promise<void> {
    this.#change(id, { state: 'active' });
    try {
      const result = await work((progress: Progress) => this.#change(id, { progress: progressOf(progress) }));
      await this.#end(id, { state: 'done', result: this.#plain(result) });
    } catch (error) {
      if (this.#life.signal.aborted) return; // the next process takes it up
      await this.#end(id, { state: 'failed', error: this.#plain(toErrorAnswer(error)) });
    }
  }

  #change(id: string, change: Partial<KeptJob>): void {
    const job = this.#jobs.get(id);
    if (!job || isOver(job)) return;
    this.#jobs.set(id, { ...job, ...change });
    for (const listener of this.#listeners.get(id) ?? []) listener();
  }

  async #end(id: string, end: Pick<KeptJob, 'state'> & Partial<KeptJob>): Promise<void> {
    const held = mayHoldSecrets(this.#jobs.get(id));
    this.#change(id, { ...end, finishedAt: this.#now });
    const job = this.#jobs.get(id);
    if (job) this.#jobs.set(id, withoutData(job)); // it is no longer needed
    try {
      if (held) await this.#file.replace(this.all());
      else if (job) await this.#file.add(withoutData(job));
    } catch (error) {
      this.options.logger.error({ event: 'job.not_written', job: id, because: messageOf(error) });
    }
  }

  /** Without the paths of the box. */
  #plain<T>(value: T): T {
    if (value === undefined) return value;
    return JSON.parse(this.options.words(JSON.stringify(value))) as T; // the words of a JSON text stay JSON
  }

  async #keepForgetting(): Promise<void> {
    while (await this.options.clock.rest(forgetEveryMs, this.#life.signal)) {
      if (this.#forgetOld()) await this.#file.replace(this.all()).catch(() => undefined); // the next round does it
    }
  }

  /** Whether there was anything to forget. */
  #forgetOld(): boolean {
    const { clock, keptMs } = this.options;
    const before = clock.wallNow() - keptMs();
    const over = this.all().filter(isOver);
    const tooMany = Math.max(0, this.#jobs.size - mostJobs);
    const old = over.filter(({ finishedAt }, age) => age < tooMany || Date.parse(finishedAt ?? '') < before);
    for (const { id } of old) this.#jobs.delete(id);
    return old.length > 0;
  }

  get #now(): string {
    return new Date(this.options.clock.wallNow()).toISOString();
  }
}

/** Settings may be secret. They do not stay in the file longer than the job lasts. */
const mayHoldSecrets = (job: KeptJob | undefined): boolean => job?.data?.['settings'] !== undefined;

const withoutData = ({ data: _data, ...job }: KeptJob): KeptJob => job;
