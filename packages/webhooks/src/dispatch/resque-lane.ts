import { wantsEvent, type ResqueTarget, type WebhookEndpoint, type WebhookState } from '@pinky/protocol';
import { skippedEvent } from '../format/format.js';
import { OutboxReader } from '../outbox/outbox-reader.js';
import type { Lane, LaneParts } from './lane.js';
import { LaneLoop } from './lane-loop.js';
import { newState, readState, type LaneState } from './lane-state.js';
import { viewOf } from './lane-view.js';

const idleMs = 30_000;
const jobsAtOnce = 100;

/**
 * Feeds a list of Resque in the box's Redis. The jobs and the bookmark are written in one step, so each event becomes
 * exactly one job.
 */
export class ResqueLane implements Lane {
  #endpoint: WebhookEndpoint;
  #state: LaneState | undefined;
  readonly #reader: OutboxReader;
  readonly #loop: LaneLoop;

  constructor(
    endpoint: WebhookEndpoint,
    private readonly target: ResqueTarget,
    private readonly parts: LaneParts,
  ) {
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
    return viewOf(this.endpoint, this.#state, [], published);
  }

  async #step(): Promise<number> {
    const state = (this.#state ??= await this.#load());
    const { endpoint, parts: { clock, config } } = this;
    if (!endpoint.isEnabled) return idleMs;
    const { bookmark, events, skipped } = await this.#reader.next(
      state.bookmark,
      ({ type, serverId }) => wantsEvent(endpoint, type, serverId),
      jobsAtOnce,
    );
    const jobs = events.map(({ json }) => this.#job(json));
    if (skipped) {
      const at = new Date(clock.wallNow()).toISOString();
      jobs.push(this.#job(JSON.stringify(skippedEvent({ ...skipped, at }, config()))));
    }
    if (bookmark.n === state.bookmark.n && bookmark.cursor === state.bookmark.cursor) return idleMs;
    await this.#commit({ ...state, bookmark, skipped: state.skipped + (skipped?.count ?? 0) }, jobs);
    return 0;
  }

  /** Resque's own form. A class gets the event as the hash that JSON makes of it. */
  #job(json: string): string {
    return `{"class":${JSON.stringify(this.target.class)},"args":[${json}]}`;
  }

  async #commit(state: LaneState, jobs: readonly string[]): Promise<void> {
    const { store, clock } = this.parts;
    const { id } = this.endpoint;
    const next = jobs.length === 0
      ? state
      : { ...state, accepted: state.accepted + jobs.length, acceptedAt: clock.wallNow() };
    if (jobs.length === 0) await store.commit(id, { state: JSON.stringify(next) });
    else await store.feed(id, JSON.stringify(next), this.target.queue, jobs);
    this.#state = next;
  }

  async #load(): Promise<LaneState> {
    const { store } = this.parts;
    const { id, createdAt } = this.endpoint;
    const known = readState((await store.load(id)).state);
    if (known) return known;
    const begun = newState(await store.bookmarkSince(Date.parse(createdAt)));
    await store.commit(id, { state: JSON.stringify(begun) });
    return begun;
  }
}
