import { PinkyError, redisKeys, type Clock, type Logger } from '@pinky/protocol';
import { lifetime } from '../lifetime.js';
import { callDeadlineMs, type RedisConnection } from '../redis/connection.js';
import type { Router } from '../routing/router.js';
import type { BoxState } from '../state/box-state.js';
import { answerText, parseListItem, type ListCommand, type ListItem, type Outcome } from './list-item.js';
import { answerItem, enrol, takeItems, unansweredItems } from './list-scripts.js';
import { obey } from './obey.js';

export interface ListConsumerOptions {
  readonly redis: RedisConnection;
  /** A connection of its own, which waits inside Redis for the next item. */
  readonly waiting: RedisConnection;
  readonly keys: ReturnType<typeof redisKeys>;
  readonly router: Router;
  readonly boxState: BoxState;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Longest wait of one call inside Redis, seconds. */
const blockSeconds = 10;
const mostAtOnce = 100;
const mostInHand = 5_000;
/** Pause after a failure, or while too many are in hand, milliseconds. */
const pauseMs = 200;

/**
 * Obeys the items of `pinky:<box>:in`. An item is at every moment in one list of Redis: the inbox, the intake, or (with
 * a number, under which it is obeyed at most once) the processing list, until its answer takes its place in one step.
 */
export class ListConsumer {
  readonly #hand = new Set<string>();
  readonly #stopped = lifetime();
  readonly #full = lifetime();
  #running: Promise<void> | undefined;

  constructor(private readonly options: ListConsumerOptions) {}

  start(): void {
    this.#running ??= this.#keepConsuming();
  }

  /** Takes no more; what is in hand is finished. */
  stopTaking(): void {
    this.#full.abort(new Error('no more items are taken'));
    this.options.waiting.replace();
  }

  /** Ends at once: what is in hand stays in the processing list, and the next queue takes it up again. */
  async stop(): Promise<void> {
    this.#stopped.abort(new Error('stopped'));
    this.stopTaking();
    await this.#running;
  }

  get inHand(): number {
    return this.#hand.size;
  }

  async #keepConsuming(): Promise<void> {
    const { redis, waiting, logger, clock } = this.options;
    const over = AbortSignal.any([this.#stopped.signal, this.#full.signal]);
    while (!over.aborted) {
      try {
        await redis.untilReady(over);
        await waiting.untilReady(over);
        await this.#consume(over);
      } catch (error) {
        if (!over.aborted) {
          logger.debug({ event: 'list.lost', because: error instanceof Error ? error.message : String(error) });
        }
      }
      await clock.rest(pauseMs, over);
    }
  }

  async #consume(over: AbortSignal): Promise<void> {
    const { redis, waiting, keys, clock } = this.options;
    const consumer = await redis.run('enrol', (client) => enrol(client, keys));
    await this.#obeyAll(await redis.run('unanswered items', (client) => unansweredItems(client, keys)), true);
    while (!over.aborted) {
      if (this.#hand.size >= mostInHand) {
        await clock.sleep(pauseMs, over);
        continue;
      }
      const items = await redis.run('take items', (client) => takeItems(client, keys, consumer, mostAtOnce));
      if (items.length > 0) await this.#obeyAll(items, false);
      else
        await waiting.run(
          'wait for items',
          (client) => client.blmove(keys.inbox, keys.intake, 'RIGHT', 'LEFT', blockSeconds),
          blockSeconds * 1_000 + callDeadlineMs,
        );
    }
  }

  async #obeyAll(items: readonly ListItem[], isTakenAgain: boolean): Promise<void> {
    const isDown = items.length > 0 && await this.options.boxState.isDown();
    for (const item of items) if (!this.#hand.has(item.id)) void this.#obey(item, isDown, isTakenAgain);
  }

  async #obey(item: ListItem, isDown: boolean, isTakenAgain: boolean): Promise<void> {
    this.#hand.add(item.id);
    let command: ListCommand | undefined;
    let outcome: Outcome;
    try {
      command = parseListItem(item.raw);
      if (isDown) throw new PinkyError('box_down', `this box is down: ${String(command.name)} was not obeyed`);
      outcome = {
        ok: true,
        result: await obey(this.options.router, {
          name: command.name,
          data: command.data,
          id: `list:${item.id}`,
          isTakenAgain,
        }),
      };
    } catch (failure) {
      outcome = { ok: false, failure };
    }
    await this.#answer(item, command, outcome);
    this.#hand.delete(item.id);
  }

  /** However often Redis goes away meanwhile; or leaves it to the next queue when stopped. */
  async #answer(item: ListItem, command: ListCommand | undefined, outcome: Outcome): Promise<void> {
    const { redis, keys, logger, clock } = this.options;
    const text = answerText(item, command, outcome);
    while (!this.#stopped.signal.aborted) {
      try {
        await redis.untilReady(this.#stopped.signal);
        await redis.run('answer item', (client) => answerItem(client, keys, item, text, command?.replyTo));
        return;
      } catch (error) {
        if (redis.isReady) {
          logger.warn({
            event: 'list.unanswered',
            item: item.id,
            because: error instanceof Error ? error.message : String(error),
          });
        }
        // aborted: the loop's condition sees it
        await clock.rest(pauseMs, this.#stopped.signal);
      }
    }
  }
}
