import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  boxPaths,
  type BoxConfig,
  type Clock,
  Listener,
  type LogRecord,
  logLevels,
  type Logger,
  type Peer,
  systemClock,
} from '@pinky/protocol';
import { BoxQueue } from '../../src/index.js';
import type { PrivateRedis } from './private-redis.js';

/** A home with a checked configuration, and the queue that the test started there. */
export class TestBox {
  readonly home = mkdtempSync(join(tmpdir(), 'pinky-queue-'));
  readonly config: BoxConfig;
  readonly log: LogRecord[] = [];
  readonly logger = Object.fromEntries(
    logLevels.map((level) => [level, (record: LogRecord) => void this.log.push({ ...record, level })]),
  ) as unknown as Logger;
  queue: BoxQueue | undefined;

  /** Without a Redis it has the address of one that is not there. */
  constructor(redis?: PrivateRedis, change: Partial<BoxConfig> = {}) {
    this.config = {
      box: '1',
      home: this.home,
      servers: join(this.home, 'servers'),
      backups: join(this.home, 'backups'),
      funpacks: [],
      redis: redis?.address ?? join(this.home, 'nobody.sock'),
      logLevel: 'debug',
      ports: { first: 10_000, step: 100, count: 200 },
      backup: { intervalMs: 900_000, keep: 10 },
      events: { cap: 100_000 },
      heartbeatIntervalMs: 10_000,
      worker: {
        heartbeatIntervalMs: 1_000,
        heartbeatTimeoutMs: 180_000,
        gracefulKillTimeoutMs: 1,
        immediateKillTimeoutMs: 1,
      },
      crashLoop: {
        limit: 5,
        halfLifeMs: 60_000,
        firstBackoffMs: 1,
        maxBackoffMs: 1,
      },
      archives: { maxBytes: 1, maxEntries: 1, maxRatio: 1 },
      allowedHosts: [],
      version: '0.1.0',
      ...change,
    };
    mkdirSync(this.config.servers);
    mkdirSync(boxPaths(this.home).logDir);
    writeFileSync(boxPaths(this.home).effectiveConfig, JSON.stringify(this.config), { mode: 0o600 });
  }

  async startQueue(clock: Clock = systemClock): Promise<BoxQueue> {
    this.queue = new BoxQueue({
      config: this.config,
      logger: this.logger,
      greet: () => [],
      clock,
    });
    await this.queue.start();
    return this.queue;
  }

  async stopQueue(): Promise<void> {
    await this.queue?.stop({ down: false });
    this.queue = undefined;
  }

  async end(): Promise<void> {
    await this.stopQueue();
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A supervisor as the queue sees it. */
export class FakeSupervisor {
  readonly asked: string[] = [];
  readonly peers: Peer[] = [];
  readonly #listener: Listener;

  constructor(home: string, ensureWorker: (serverId: string) => void) {
    this.#listener = new Listener(boxPaths(home).supervisorSocket, {
      onPeer: (peer) => void this.peers.push(peer),
      onRequest: async (_method, params) => {
        const { serverId } = params as { serverId: string };
        this.asked.push(serverId);
        ensureWorker(serverId);
        return { pid: 1 };
      },
    });
  }

  start(): Promise<void> {
    return this.#listener.start();
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }
}
