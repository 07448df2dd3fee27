import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '@pinky/protocol/testing';

/** A Redis of an operator's own, on a Unix socket. It can be stopped, and started again with its data. */
export class OwnRedis {
  readonly #dir = mkdtempSync(join(tmpdir(), 'pinky-own-redis-'));
  readonly address = join(this.#dir, 'redis.sock');
  #client: Redis | undefined;
  #server: ChildProcess | undefined;

  async start(): Promise<void> {
    this.#server = spawn(
      'redis-server',
      [
        '--port',
        '0',
        '--unixsocket',
        this.address,
        '--dir',
        this.#dir,
        '--appendonly',
        'yes',
        '--appendfsync',
        'no',
        '--save',
        '',
      ],
      { stdio: 'ignore' },
    );
    await until('Redis answers', async () => (await this.client.ping().catch(() => '')) === 'PONG');
  }

  /** Stops it. Everything that it held is in its append-only file. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null) return;
    const gone = once(server, 'exit');
    server.kill('SIGTERM');
    await gone;
  }

  get client(): Redis {
    if (!this.#client) {
      this.#client = new Redis({
        path: this.address,
        maxRetriesPerRequest: 0,
        enableOfflineQueue: false,
        retryStrategy: () => 20,
      });
      this.#client.on('error', () => undefined); // expected while the server is away
    }
    return this.#client;
  }

  async end(): Promise<void> {
    this.#client?.disconnect();
    await this.stop();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
