import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import {
  boxPaths,
  redisKeys,
  WebhookFiles,
  type BoxConfig,
  type LogRecord,
  type PendingEvent,
  type WebhookInput,
} from '@pinky/protocol';
import { homeInstance } from '@pinky/queue/owner';
import { outboxLimits } from '../../../queue/src/publish/outbox.js';
import { publishBatch } from '../../../queue/src/publish/publish-script.js';
import { RedisServer } from '../../../queue/test/support/redis-server.js';
import { Dispatcher, type DispatcherOptions } from '../../src/dispatch/dispatcher.js';

/** A home with webhooks, its Redis, and a queue that is played by the test. */
export class HooksHome {
  readonly home = mkdtempSync(join(tmpdir(), 'pinky-hooks-'));
  readonly paths = boxPaths(this.home);
  readonly keys = redisKeys('1');
  readonly files = new WebhookFiles(this.home);
  readonly redis = new RedisServer();
  readonly log: LogRecord[] = [];
  config!: BoxConfig;
  client!: Redis;
  #dispatcher: Dispatcher | undefined;
  #offset = 0;

  async start(): Promise<this> {
    await this.redis.start();
    this.client = this.redis.client();
    mkdirSync(this.paths.logDir);
    // Nothing else of a configuration is looked at.
    this.config = {
      box: '1',
      home: this.home,
      redis: this.redis.address,
      servers: join(this.home, 'servers'),
      logLevel: 'info',
      version: '1.2.3',
      worker: { heartbeatIntervalMs: 1_000 },
      crashLoop: {},
    } as unknown as BoxConfig;
    this.configure({});
    await this.claim('1-test');
    return this;
  }

  /** A dispatcher in this process has it from now on, and another process from its start on. */
  configure(webhooks: Partial<NonNullable<BoxConfig['webhooks']>>): void {
    this.config = { ...this.config, webhooks: { allowedNetworks: ['127.0.0.1'], firstPauseMs: 20, ...webhooks } };
    writeFileSync(this.paths.effectiveConfig, JSON.stringify(this.config));
  }

  /** The queue of this home has the box under this claim. */
  async claim(claim: string): Promise<void> {
    const { identity, place } = homeInstance(this.home);
    await this.client.hset(this.keys.owner, { identity, place, claim });
  }

  /** Adds a webhook. Answers its id and secret. */
  add(input: WebhookInput): { readonly id: string; readonly secret: string } {
    const { endpoint, secret = '' } = this.files.create(input);
    return { id: endpoint.id, secret };
  }

  dispatch(more: Partial<DispatcherOptions> = {}): Dispatcher {
    const note = (record: LogRecord): void => void this.log.push(record);
    const logger = { trace: note, debug: note, info: note, warn: note, error: note, fatal: note };
    this.#dispatcher = new Dispatcher({ config: () => this.config, logger, random: () => 0.5, ...more });
    void this.#dispatcher.start();
    return this.#dispatcher;
  }

  async stopDispatching(): Promise<void> {
    await this.#dispatcher?.stop();
    this.#dispatcher = undefined;
  }

  /** Publishes events as the queue does, by its own script. Answers their ids. */
  async publish(events: readonly Readonly<Record<string, unknown>>[], limits = {}): Promise<readonly string[]> {
    const claim = (await this.client.hget(this.keys.owner, 'claim')) ?? '';
    const ids: string[] = [];
    const pending = events.map((event): PendingEvent => {
      const start = this.#offset;
      this.#offset += 10;
      const id = `s1:r1:${start}`;
      ids.push(id);
      const all = {
        event: 'server_event',
        server_id: 's1',
        pinky_id: '1',
        ts: new Date().toISOString(),
        ...event,
        id,
      };
      return { stream: 'console', start, end: this.#offset, json: JSON.stringify(all) };
    });
    await publishBatch(
      { client: this.client, fence: { key: this.keys.owner, claim } },
      { cursor: this.keys.cursor('s1'), events: this.keys.events, serverState: this.keys.serverState('s1') },
      { type: 'events', serverId: 's1', run: 'r1', console: this.#offset, journal: 0, events: pending },
      100_000,
      undefined,
      { stream: this.keys.outbox, counts: this.keys.outboxCounts, ...outboxLimits, ...limits },
    );
    return ids;
  }

  /** Removes every webhook and what is left of them, for the next test. */
  async clear(): Promise<void> {
    await this.stopDispatching();
    this.configure({});
    for (const { id } of this.files.list()) this.files.remove(id);
    const { identity, place, claim = '' } = await this.client.hgetall(this.keys.owner);
    await this.client.flushall();
    await this.client.hset(this.keys.owner, { identity, place, claim });
    this.log.length = 0;
  }

  async end(): Promise<void> {
    await this.stopDispatching();
    await this.redis.end();
    rmSync(this.home, { recursive: true, force: true });
  }
}

export const chat = (n: number): Readonly<Record<string, unknown>> => ({ type: 'chat', user: 'ada', message: `m${n}` });
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
