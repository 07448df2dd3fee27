import { wantsEvent, type WebhookEndpoint, type WebhookState, type WebhookTry } from '@pinky/protocol';
import { mostEvents, postOf, quietMs } from '../format/format.js';
import { messageOfEvents, messageOfSkipped, type Message } from '../format/message.js';
import { OutboxReader } from '../outbox/outbox-reader.js';
import type { Commit } from '../outbox/outbox-store.js';
import type { Outcome } from '../send/post.js';
import { afterAccepted, afterFailed, isPausing, type AfterTry, type Tried } from './after-try.js';
import { failedDelivery, findFailed } from './failed-deliveries.js';
import { firstPauseOf, type Lane, type LaneParts } from './lane.js';
import { LaneLoop } from './lane-loop.js';
import { newState, readMessage, readState, type LaneState } from './lane-state.js';
import { viewOf } from './lane-view.js';

/** Where nothing is to do, a lane looks again after this, milliseconds. It is woken sooner. */
const idleMs = 30_000;
/** So many messages may wait beside the others. Beyond it the oldest is given up. */
const mostAside = 1_000;
/** An endpoint that has taken nothing for so long is turned off: three days, in units of the first pause. */
const patienceUnits = 51_840;

/** Delivers to an address: one message at a time, in order, and again until it is taken. */
export class HttpLane implements Lane {
  #endpoint: WebhookEndpoint;
  #state: LaneState | undefined;
  readonly #aside = new Map<string, Message>();
  readonly #reader: OutboxReader;
  readonly #loop: LaneLoop;

  constructor(endpoint: WebhookEndpoint, private readonly parts: LaneParts) {
    this.#endpoint = endpoint;
    this.#reader = new OutboxReader(parts.store);
    this.#loop = new LaneLoop({
      ...parts,
      id: endpoint.id,
      step: () => this.#step(),
      onFailure: () => { this.#state = undefined; },
    });
  }

  get endpoint(): WebhookEndpoint {
    return this.#endpoint;
  }

  get cursor(): string | undefined {
    return this.#state?.bookmark.cursor;
  }

  update(endpoint: WebhookEndpoint): void {
    this.#endpoint = endpoint;
    this.wake();
  }

  wake(): void {
    this.#loop.wake();
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  view(published: number): WebhookState {
    return viewOf(this.endpoint, this.#state, [...this.#aside.values()], published);
  }

  /** One message that is in no list: the receiver's answer is the answer. */
  async sendNow(message: Message): Promise<WebhookTry> {
    const { clock } = this.parts;
    const post = postOf(this.endpoint, message, this.parts.config(), clock.wallNow());
    if (!post) return { isAccepted: true, ms: 0 };
    const outcome = await this.parts.sender.send(post, this.#loop.signal);
    const status = outcome.status === undefined ? {} : { status: outcome.status };
    if (outcome.kind === 'accepted') return { isAccepted: true, ms: outcome.ms, ...status };
    const because = outcome.kind === 'gone' ? 'it answered 410: it wants nothing more' : outcome.because;
    return { isAccepted: false, because, ms: outcome.ms, ...status };
  }

  /** Sends a message again that was given up. If it is taken, it is failed no longer. Throws `not_found`. */
  async again(delivery: string): Promise<WebhookTry> {
    const { store } = this.parts;
    const found = findFailed(await store.failed(this.endpoint.id), delivery);
    const outcome = await this.sendNow(found.message);
    if (outcome.isAccepted) await store.removeFailed(this.endpoint.id, found.json);
    return outcome;
  }

  /** Does the next thing, and answers how long to rest after it, milliseconds. */
  async #step(): Promise<number> {
    const state = (this.#state ??= await this.#load());
    if (!this.endpoint.isEnabled) return idleMs;
    const now = this.parts.clock.wallNow();
    if (state.pausedUntil > now) return state.pausedUntil - now;
    const aside = this.#oldestAside;
    if (aside && aside.dueAt <= now) return this.#try(state, aside, true);
    const asideInMs = aside ? aside.dueAt - now : idleMs;
    const head = state.head ?? (await this.#next(state));
    if (!head) return this.#state === state ? asideInMs : 0; // it went on, and there may be more
    return head.dueAt > now ? Math.min(head.dueAt - now, asideInMs) : this.#try(this.#state ?? state, head, false);
  }

  get #oldestAside(): Message | undefined {
    return [...this.#aside.values()].reduce<Message | undefined>(
      (first, one) => (first && first.dueAt <= one.dueAt ? first : one),
      undefined,
    );
  }

  async #load(): Promise<LaneState> {
    const { store } = this.parts;
    const { id, createdAt } = this.endpoint;
    const { state, aside } = await store.load(id);
    this.#aside.clear();
    for (const message of aside.flatMap(readMessage)) this.#aside.set(message.id, message);
    const known = readState(state);
    if (known) return known;
    const begun = newState(await store.bookmarkSince(Date.parse(createdAt)));
    await store.commit(id, { state: JSON.stringify(begun) });
    return begun;
  }

  /** The next message of the outbox. The bookmark behind events that are not for us is written down. */
  async #next(state: LaneState): Promise<Message | undefined> {
    const { endpoint } = this;
    const { bookmark, events, skipped } = await this.#reader.next(
      state.bookmark,
      ({ type, serverId }) => wantsEvent(endpoint, type, serverId),
      mostEvents[endpoint.format],
    );
    if (skipped) return messageOfSkipped(skipped, bookmark, this.parts.clock.wallNow());
    if (events.length > 0) return messageOfEvents(events, bookmark);
    if (bookmark.cursor !== state.bookmark.cursor) await this.#commit({ state: { ...state, bookmark } });
    return undefined;
  }

  async #try(state: LaneState, message: Message, isAside: boolean): Promise<number> {
    const { clock, config, random, sender } = this.parts;
    const { format } = this.endpoint;
    const nowMs = clock.wallNow();
    const post = postOf(this.endpoint, message, config(), nowMs);
    let current = state;
    // A message of one event is made again as it was. Any other is written down before it is sent.
    const isMadeAgain = mostEvents[format] === 1 && !message.skipped;
    if (!isAside && !isMadeAgain && state.head?.id !== message.id) {
      current = { ...state, head: message };
      await this.#commit({ state: current });
    }
    const outcome: Outcome = post
      ? await sender.send(post, this.#loop.signal)
      : { kind: 'accepted', status: 0, ms: 0 };
    if (this.#loop.signal.aborted && outcome.kind === 'failed') return 0; // we ended it: that is no failure
    const tried: Tried = {
      message,
      isAside,
      state: current,
      nowMs: clock.wallNow(),
      firstPauseMs: firstPauseOf(config()),
      quietMs: quietMs[format],
      random,
    };
    await this.#settle(tried, outcome);
    return 0;
  }

  async #settle(tried: Tried, outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case 'accepted': {
        const wasPausing = isPausing(tried.state);
        await this.#commit(afterAccepted(tried), tried.message);
        if (wasPausing) this.#callBack(tried.nowMs);
        return;
      }
      case 'gone':
        return this.#turnOff('it answered 410: it wants nothing more');
      case 'failed': {
        const message = { ...tried.message, tries: tried.message.tries + 1 };
        const { because } = outcome;
        this.parts.logger.warn({
          event: 'webhook.refused',
          webhook: this.endpoint.id,
          tries: message.tries,
          because,
        });
        const after = afterFailed(tried, outcome);
        await this.#makeRoom(after);
        await this.#commit(after, message, because);
        const { acceptedAt = Date.parse(this.endpoint.createdAt) } = tried.state;
        const isHopeless = tried.nowMs - acceptedAt > patienceUnits * tried.firstPauseMs;
        if (after.isGivenUp && isHopeless) this.#turnOff('it has taken nothing for three days');
      }
    }
  }

  /** The receiver is back, so what waits beside the others is tried now. */
  #callBack(nowMs: number): void {
    for (const [id, message] of this.#aside) this.#aside.set(id, { ...message, dueAt: Math.min(message.dueAt, nowMs) });
  }

  async #makeRoom({ state, aside }: AfterTry): Promise<void> {
    const oldest = this.#aside.size >= mostAside && aside && !this.#aside.has(aside.id) && this.#oldestAside;
    if (!oldest) return;
    await this.#commit({ state, isGone: true, isGivenUp: true }, oldest, 'too many messages wait');
  }

  async #commit({ state, aside, isGone, isGivenUp }: AfterTry, message?: Message, because = ''): Promise<void> {
    const { store, clock } = this.parts;
    const commit: Commit = {
      state: JSON.stringify(state),
      ...(aside && { aside: { id: aside.id, json: JSON.stringify(aside) } }),
      ...(isGone && message && { gone: message.id }),
      ...(isGivenUp && message && { failed: failedDelivery(message, because, clock.wallNow()) }),
    };
    await store.commit(this.endpoint.id, commit);
    this.#state = state;
    if (isGone && message) this.#aside.delete(message.id);
    if (aside) this.#aside.set(aside.id, aside);
  }

  /** It stays off until somebody turns it on again. */
  #turnOff(because: string): void {
    const { files, logger } = this.parts;
    const { id } = this.endpoint;
    logger.error({ event: 'webhook.disabled', webhook: id, because });
    if (!files.read(id)) return; // it was removed meanwhile
    this.#endpoint = files.change(id, { isEnabled: false, disabledBecause: because });
  }
}
