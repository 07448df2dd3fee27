import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '@pinky/protocol/testing';

/** A TCP port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on TCP
  server.close();
  await once(server, 'close');
  return port;
}

/** Where clients find a server. Also what clients of BullMQ take. */
export interface RedisPlace {
  readonly host?: string;
  readonly port?: number;
  readonly path?: string;
  readonly password?: string;
}

/** A redis-server on a port of its own, set up as a test wants it; a Sentinel too, if its lines say so. */
export class RedisServer {
  readonly dir = mkdtempSync(join(tmpdir(), 'pinky-redis-'));
  port = 0;
  #server: ChildProcess | undefined;
  readonly #clients: Redis[] = [];

  constructor(private readonly lines: readonly string[] = [], private readonly kind: 'redis' | 'sentinel' = 'redis') {}

  get address(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get connection(): RedisPlace {
    return { host: '127.0.0.1', port: this.port };
  }

  async start(): Promise<this> {
    this.port ||= await freePort();
    const file = join(this.dir, 'redis.conf');
    const port = this.lines.some((line) => /^(?:tls-)?port /.test(line)) ? '' : `port ${this.port}`;
    const lines = [`dir ${this.dir}`, 'bind 127.0.0.1', 'save ""', port, ...this.lines];
    const text = lines.join('\n').replaceAll('$PORT', String(this.port)).replaceAll('$DIR', this.dir);
    writeFileSync(file, `${text}\n`); // a Sentinel keeps what it learns in the file
    return this.resume();
  }

  /** Starts it again with what it has written down. */
  async resume(): Promise<this> {
    const more = this.kind === 'sentinel' ? ['--sentinel'] : [];
    const server = spawn('redis-server', [join(this.dir, 'redis.conf'), ...more], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      let said = '';
      server.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (/ready to accept connections|Sentinel ID is|\+monitor/i.test(said)) resolve();
      });
      server.once('exit', () => reject(new Error(`redis-server did not start:\n${said}`)));
    });
    return this;
  }

  /** A client for the test's own questions. It comes back by itself. */
  client(options: { readonly password?: string } = {}): Redis {
    const client = new Redis({ ...this.connection, maxRetriesPerRequest: null, retryStrategy: () => 20, ...options });
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

/** A master with a replica, and Sentinels that know it as `games`. */
export class SentinelPair {
  readonly servers: RedisServer[] = [];
  readonly sentinels: RedisServer[] = [];

  async start(): Promise<this> {
    const master = await new RedisServer().start();
    const replica = await new RedisServer([`replicaof 127.0.0.1 ${master.port}`]).start();
    this.servers.push(master, replica);
    const admin = master.client();
    await until('the replica has everything', async () =>
      /slave0:.*state=online/.test(await admin.info('replication')),
    );
    const watch = [
      `sentinel monitor games 127.0.0.1 ${master.port} 1`,
      'sentinel down-after-milliseconds games 1000',
      'sentinel failover-timeout games 10000',
    ];
    this.sentinels.push(await new RedisServer(watch, 'sentinel').start());
    const sentinel = this.#sentinel();
    // Before that the master may not fail.
    await until('the Sentinel has found it', async () => /slaves=1/.test(await sentinel.info('sentinel')));
    return this;
  }

  get address(): string {
    return `redis+sentinel://${this.sentinels.map(({ port }) => `127.0.0.1:${port}`).join(',')}/games`;
  }

  /** The present master, by what the Sentinels say. */
  async master(): Promise<RedisServer | undefined> {
    const [, port] = (await this.#sentinel().call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'games')) as string[];
    return this.servers.find((server) => server.port === Number(port));
  }

  async end(): Promise<void> {
    for (const each of [...this.sentinels, ...this.servers]) await each.end();
  }

  #client: Redis | undefined;

  #sentinel(): Redis {
    const [sentinel] = this.sentinels;
    if (!sentinel) throw new Error('it is not started');
    return (this.#client ??= sentinel.client());
  }
}
