import { Lifetime, messageOf, sharedAbort, type LongLived } from '@pinky/protocol';
import type { RedisContext } from '../redis/redis-context.js';
import { DistributionBook } from './distribution-book.js';
import { inFlight, isOver, withBox, type Distribution } from './distribution.js';
import { addFlow, removeFetch, waveFlow } from './flows.js';
import { lookAt } from './look.js';
import { nextStep, type Step } from './plan.js';

export interface DistributionsOptions extends RedisContext {
  /** Our own name. */
  readonly box: string;
}

/** Between two looks while a box fetches, and while those that are left only wait, milliseconds. */
const busyLookMs = 1_000;
const idleLookMs = 5_000;
/** Without a distribution it waits to be woken. Milliseconds. */
const restMs = 24 * 3_600_000;

/**
 * Sees to the distributions that this box was asked for: adds their waves, and keeps the state of every box in Redis.
 * All that it knows stands there, so the next queue of the box goes on where this one ended. Each step may be repeated:
 * flows have ids, and states come from what BullMQ keeps with the parent of a wave.
 */
export class Distributions implements LongLived {
  readonly book: DistributionBook;
  /** The book is older than the connection. */
  #isStale = true;
  #last: Promise<unknown> = Promise.resolve();
  #wake = sharedAbort();
  #offReady: (() => void) | undefined;
  readonly #life = new Lifetime({
    begin: (signal) => {
      this.#offReady = this.options.redis.onReady(() => {
        this.#isStale = true;
        this.#wake.abort();
      });
      this.#life.add(this.#keepLooking(signal));
    },
    end: () => this.#offReady?.(),
  });

  constructor(private readonly options: DistributionsOptions) {
    this.book = new DistributionBook(options);
  }

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Does `work` on a book that is up to date, while nothing else changes it. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(async () => {
      if (this.#isStale && this.options.redis.isReady) {
        this.#isStale = false;
        await this.book.read().catch((error: unknown) => { this.#isStale = true; throw error; });
      }
      return work();
    });
    this.#last = turn.catch(() => undefined); // whoever asked for the work hears of it
    return turn;
  }

  /** Takes every step that is due. To be called by `work`. */
  async advance(id: string): Promise<void> {
    for (let isDone = false; !isDone;) {
      await this.#look(this.book.known(id));
      isDone = await this.#take(this.book.known(id), nextStep(this.book.known(id)));
    }
    this.#wake.abort();
  }

  async #keepLooking(signal: AbortSignal): Promise<void> {
    const { redis, logger, clock } = this.options;
    while (!signal.aborted) {
      this.#wake = sharedAbort();
      try {
        if (redis.isReady) await this.exclusively(() => this.#advanceAll(signal));
      } catch (error) {
        if (redis.isReady) logger.warn({ event: 'distributions.failed', because: messageOf(error) });
      }
      await clock.rest(this.#pauseMs(), AbortSignal.any([signal, this.#wake.signal]));
    }
  }

  async #advanceAll(signal: AbortSignal): Promise<void> {
    for (const { id } of this.book.all().filter((one) => !isOver(one))) if (!signal.aborted) await this.advance(id);
    this.#wake = sharedAbort(); // it has just been looked at
  }

  #pauseMs(): number {
    if (!this.options.redis.isReady) return restMs; // its return wakes us
    if (this.#isStale) return busyLookMs;
    const open = this.book.all().filter((one) => !isOver(one));
    if (open.length === 0) return restMs;
    return open.some((one) => inFlight(one).some(({ state }) => state !== 'away')) ? busyLookMs : idleLookMs;
  }

  /** Writes down how its boxes are, and sees to it that every job is there that should be. */
  async #look(one: Distribution): Promise<void> {
    const { redis, box, logger } = this.options;
    const { changes, lacking } = await redis.run('look at a distribution', (client) => lookAt(client, box, one));
    let next = one;
    for (const [name, change] of changes) next = withBox(next, name, change, this.#now);
    if (changes.size > 0) await this.book.put(next);
    for (const { box: failed, state, error } of next.boxes) {
      if (state !== 'failed' || !changes.has(failed)) continue;
      logger.warn({ event: 'distribution.box_failed', distribution: one.id, box: failed, because: error?.message });
    }
    if (next.state === 'cancelled') return this.#takeBack(next);
    for (const wave of lacking) {
      await redis.write('add a wave', ({ client }) => addFlow(client, waveFlow(box, next, wave)));
      logger.info({ event: 'distribution.wave', distribution: one.id, wave });
    }
  }

  /** Takes the jobs of a cancelled distribution back that no box has begun. */
  async #takeBack(one: Distribution): Promise<void> {
    const { redis } = this.options;
    for (const { box, state } of inFlight(one)) {
      if (state === 'fetching') continue;
      const isBack = await redis.write('take a job back', ({ client }) => removeFetch(client, box, one.id));
      if (isBack) await this.book.put(withBox(this.book.known(one.id), box, { state: 'skipped' }, this.#now));
    }
  }

  /** True where nothing more is due now. */
  async #take(one: Distribution, step: Step): Promise<boolean> {
    switch (step.type) {
      case 'wait': return true;
      case 'wave': return this.#begin(one, step.boxes).then(() => false);
      case 'halt': return this.end(one, 'halted', step.because).then(() => false);
      case 'finish': {
        const done = { ...one, state: step.state, finishedAt: this.#now };
        await this.book.put(done);
        this.options.logger.info({ event: 'distribution.over', distribution: one.id, state: step.state });
        return true;
      }
    }
  }

  /** Writes the wave down first. The next look finds that its flow is lacking, whichever process looks. */
  async #begin(one: Distribution, boxes: readonly string[]): Promise<void> {
    const wave = one.waves + 1;
    let next: Distribution = { ...one, waves: wave };
    for (const box of boxes) next = withBox(next, box, { state: 'queued', wave }, this.#now);
    await this.book.put(next);
  }

  /** No further wave begins. Boxes that have nothing yet are left out. */
  async end(one: Distribution, state: 'halted' | 'cancelled', because?: string): Promise<void> {
    let next: Distribution = { ...one, state, ...(because !== undefined && { because }) };
    const waiting = one.boxes.filter((each) => each.state === 'waiting');
    for (const { box } of waiting) next = withBox(next, box, { state: 'skipped' }, this.#now);
    await this.book.put(next);
    this.options.logger.info({ event: `distribution.${state}`, distribution: one.id, ...(because && { because }) });
  }

  get #now(): number {
    return Math.round(this.options.clock.wallNow());
  }
}
