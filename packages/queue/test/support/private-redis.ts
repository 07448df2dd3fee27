import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';

/**
 * A redis-server of a test's own, with a Unix socket, no port, a password and an append-only file. With `no` each write
 * reaches the file before its answer goes out, so a killed server has lost nothing. With `everysec`, which holds writes
 * back while the disk is busy, it may have lost what it confirmed in its last seconds.
 */
export class PrivateRedis {
  readonly dir = mkdtempSync(join(tmpdir(), 'pinky-redis-'));
  readonly socket = join(this.dir, 'redis.sock');
  readonly password = 'open-sesame';
  readonly address = `unix://:${this.password}@${this.socket}`;
  #server: ChildProcess | undefined;

  constructor(private readonly appendFsync: 'no' | 'everysec' = 'no') {}
  #clients: Redis[] = [];

  async start(): Promise<void> {
    const args = [
      '--port',
      '0',
      '--unixsocket',
      this.socket,
      '--unixsocketperm',
      '700',
      '--requirepass',
      this.password,
      '--dir',
      this.dir,
      '--appendonly',
      'yes',
      '--appendfsync',
      this.appendFsync,
      '--save',
      '',
    ];
    rmSync(this.socket, { force: true });
    const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      server.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (/ready to accept connections at/i.test(said)) resolve();
      });
      server.once('exit', () => reject(new Error(`redis-server did not start:\n${said}`)));
    });
  }

  /** A client for the test's own questions. It comes back by itself. */
  client(): Redis {
    const client = new Redis({
      path: this.socket,
      password: this.password,
      maxRetriesPerRequest: null,
      retryStrategy: () => 20,
    });
    client.on('error', () => undefined); // expected while the server is away
    this.#clients.push(client);
    return client;
  }

  freeze(): void {
    this.#server?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#server?.kill('SIGCONT');
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const gone = once(server, 'exit');
    server.kill(signal);
    server.kill('SIGCONT');
    await gone;
  }

  async end(): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
