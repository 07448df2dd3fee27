import { Lifetime, messageOf, PinkyError, sharedAbort, type LongLived } from '@pinky/protocol';
import { callDeadlineMs } from '../redis/connection.js';
import { levelOf } from '../redis/trouble.js';
import { checkAndRoute } from '../commands/check-and-route.js';
import type { ConsumerOptions } from '../commands/consumer-options.js';
import { answerText, parseListItem, type ListCommand, type ListItem, type ListOutcome } from './list-item.js';
import { answerItem, confirmTaken, enrol, takeItems, unansweredItems } from './list-scripts.js';

/** How long one call may wait inside Redis, seconds. */
const blockSeconds = 10;
const mostAtOnce = 100;
const mostInHand = 5_000;
/** Pause after a failure, or while too many are in hand, milliseconds. */
const pauseMs = 200;

/**
 * Runs the commands in `pinky:<box>:in`. An item is at every moment in one list of Redis: in the inbox, in the intake,
 * or in the processing list, where it has a number under which it runs at most once. Its answer takes its place there
 * in one step. A stop ends at once: what is in hand stays in the processing list, and the next queue takes it up again.
 */
export class ListConsumer implements LongLived {
  readonly #hand = new Set<string>();
  readonly #full = sharedAbort();
  readonly #life = new Lifetime({
    begin: (signal) => this.#life.add(this.#keepConsuming(signal)),
    end: () => this.stopTaking(),
  });

  constructor(private readonly options: ConsumerOptions) {}

  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** Takes no more, and finishes what is in hand. */
  stopTaking(): void {
    this.#full.abort(new Error('no more items are taken'));
    this.options.waiting.replace();
  }

  get inHand(): number {
    return this.#hand.size;
  }

  async #keepConsuming(signal: AbortSignal): Promise<void> {
    const { redis, waiting, logger, clock } = this.options;
    const over = AbortSignal.any([signal, this.#full.signal]);
    while (!over.aborted) {
      try {
        await redis.untilReady(over);
        await waiting.untilReady(over);
        await this.#consume(over);
      } catch (error) {
        if (!over.aborted) logger.debug({ event: 'list.lost', because: messageOf(error) });
      }
      await clock.rest(pauseMs, over);
    }
  }

  async #consume(over: AbortSignal): Promise<void> {
    const { redis, waiting, keys, clock } = this.options;
    // It writes, so what is in the processing list is written down, too.
    const consumer = await redis.write('enrol', (fenced) => enrol(fenced, keys));
    await this.#runAll(await redis.run('unanswered items', (client) => unansweredItems(client, keys)), true);
    while (!over.aborted) {
      if (this.#hand.size >= mostInHand) {
        await clock.rest(pauseMs, over);
        continue;
      }
      const items = await redis.write('take items', (fenced) => takeItems(fenced, keys, consumer, mostAtOnce));
      if (items.length > 0) await this.#runAll(items, false);
      else
        await waiting.run(
          'wait for items',
          (client) => client.blmove(keys.inbox, keys.intake, 'RIGHT', 'LEFT', blockSeconds),
          blockSeconds * 1_000 + callDeadlineMs,
        );
    }
  }

  async #runAll(items: readonly ListItem[], isTakenAgain: boolean): Promise<void> {
    if (items.length === 0) return;
    const { redis, keys } = this.options;
    const { isDown } = await redis.write('confirm items', (fenced) => confirmTaken(fenced, keys));
    for (const item of items) if (!this.#hand.has(item.id)) void this.#run(item, isDown, isTakenAgain);
  }

  async #run(item: ListItem, isDown: boolean, isTakenAgain: boolean): Promise<void> {
    const { times, clock } = this.options;
    const takenAt = clock.now();
    this.#hand.add(item.id);
    let command: ListCommand | undefined;
    let outcome: ListOutcome;
    try {
      command = parseListItem(item.raw, this.options.keys.answers);
      if (command.fault) throw command.fault;
      if (isDown) throw new PinkyError('box_down', `this box is down: ${String(command.name)} was not run`);
      outcome = {
        ok: true,
        result: await checkAndRoute(this.options, {
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
    if (!this.#life.signal.aborted) times.answered('list', command?.name, takenAt); // else the next queue answers it
    this.#hand.delete(item.id);
  }

  /** Writes the answer, however often Redis goes away meanwhile. After a stop it is left to the next queue. */
  async #answer(item: ListItem, command: ListCommand | undefined, outcome: ListOutcome): Promise<void> {
    const { redis, keys, logger, clock } = this.options;
    const { signal } = this.#life;
    const text = answerText(item, command, outcome);
    while (!signal.aborted) {
      try {
        await redis.untilReady(signal);
        await redis.write('answer item', (fenced) => answerItem(fenced, keys, item, text, command?.replyTo));
        return;
      } catch (error) {
        const level = levelOf(error, 'warn');
        if (redis.isReady) logger[level]({ event: 'list.unanswered', item: item.id, because: messageOf(error) });
        await clock.rest(pauseMs, signal);
      }
    }
  }
}
