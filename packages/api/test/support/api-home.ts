import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  boxPaths,
  Listener,
  silentLogger,
  systemClock,
  type ApiConfig,
  type BoxConfig,
  type Clock,
  type Definition,
  type RequestContext,
  type ScheduleView,
  type ServerStatus,
} from '@pinky/protocol';
import { ApiServer } from '../../src/program/api-server.js';
import { TokenFiles, type NewToken } from '../../src/tokens/index.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // Each route has its own answer, and each test says what it expects.
  readonly json: any; // eslint-disable-line typescript/no-explicit-any
}

interface Sent {
  readonly name: string;
  readonly data: Record<string, unknown>;
  readonly id?: string;
}

/** The API of a home whose supervisor and queue are played by the test. It listens on a real port. */
export class ApiHome {
  readonly home = mkdtempSync(join(tmpdir(), 'pinky-api-'));
  readonly paths = boxPaths(this.home);
  readonly sent: Sent[] = [];
  /** The definitions that the queue was asked for. */
  readonly defined: unknown[] = [];
  readonly tokens = new TokenFiles(this.home);
  statuses: ServerStatus[] = [];
  /** The schedules as the queue knows them; undefined for a queue that does not answer. */
  schedules: ScheduleView[] | undefined;
  /** The work of the queue; undefined for a queue of a version that knows none. */
  figures: object | undefined;
  /** The queue's answer to a command. */
  obey: (sent: Sent, context: RequestContext) => Promise<unknown> = async () => ({});
  config: BoxConfig;
  server: ApiServer | undefined;
  /** The folder of a page. */
  pageDir: string | undefined;
  #queue: Listener | undefined;
  #supervisor: Listener | undefined;

  constructor(api: Partial<ApiConfig> = {}, private readonly clock: Clock = systemClock) {
    const servers = join(this.home, 'servers');
    for (const dir of [servers, this.paths.logDir, this.paths.definitions]) mkdirSync(dir, { recursive: true });
    // The API looks at no other field.
    this.config = {
      box: 'test',
      home: this.home,
      servers,
      backups: join(this.home, 'backups'),
      funpacks: [],
      allowedHosts: [],
      version: '1.2.3',
      logLevel: 'info',
      worker: { heartbeatIntervalMs: 1_000 },
      api: {
        isEnabled: true,
        host: '127.0.0.1',
        port: 0,
        hosts: [],
        isMetricsOpen: false,
        areDocsOpen: false,
        trustedProxies: [],
        bodyBytes: 1024 * 1024,
        uploadBytes: 64 * 1024 * 1024,
        failuresPerMinute: 5,
        ...api,
      },
    } as unknown as BoxConfig;
  }

  async start(): Promise<void> {
    if (!this.#queue) await this.startQueue();
    this.#supervisor ??= await this.#listen(this.paths.supervisorSocket, async (method) => {
      if (method === 'ps') return { box: 'test', version: '1.2.3', pid: 1, since: 0, phase: 'running', children: [] };
      return {};
    });
    this.server = this.make();
    await this.server.start();
  }

  make(): ApiServer {
    return new ApiServer({
      config: () => this.config,
      logger: silentLogger,
      greet: () => [],
      clock: this.clock,
      ...(this.pageDir !== undefined && { pageDir: this.pageDir }),
    });
  }

  async startQueue(): Promise<void> {
    this.#queue = await this.#listen(this.paths.queueSocket, async (method, params, context) => {
      if (method === 'servers') return this.statuses;
      if (method === 'usage') return {};
      if (method === 'schedules' && this.schedules) return this.schedules;
      if (method === 'figures' && this.figures) return this.figures;
      if (method === 'redis') return { state: 'connected' };
      if (method === 'define') {
        this.defined.push(params);
        return { revision: 8 };
      }
      if (method !== 'command') throw new Error(`the queue of this test does not answer ${method}`);
      const sent = params as Sent;
      this.sent.push(sent);
      return this.obey(sent, context);
    });
  }

  async stopQueue(): Promise<void> {
    await this.#queue?.stop();
    this.#queue = undefined;
  }

  define(serverId: string, more: Partial<Definition> = {}): void {
    const definition = {
      format: 1,
      serverId,
      revision: 1,
      changedIn: 1,
      funpack: { url: 'emberhollow' },
      ram: { min: 1024, max: 1024 },
      settings: {},
      wanted: 'down',
      wantedSince: 0,
      ...more,
    };
    writeFileSync(this.paths.definition(serverId), JSON.stringify(definition));
  }

  token(more: Partial<NewToken> = {}): string {
    return this.tokens.create({
      name: 'test',
      verbs: ['admin'],
      servers: ['*'],
      ...more,
    }).token;
  }

  /** One request. `token` goes into its header; a body that is neither text nor bytes is sent as JSON. */
  call(
    method: string,
    path: string,
    { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> {
    const { port = 0 } = this.server?.address ?? {};
    const isPlain = body === undefined || typeof body === 'string' || Buffer.isBuffer(body);
    const content = isPlain ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request({
        host: '127.0.0.1',
        port,
        method,
        path,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(content !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(content),
          }),
          ...headers,
        },
      }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: jsonOf(text) });
        });
      });
      sent.on('error', reject);
      sent.end(content);
    });
  }

  async end(): Promise<void> {
    await this.server?.stop();
    await this.#queue?.stop();
    await this.#supervisor?.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  async #listen(
    path: string,
    onRequest: (method: string, params: unknown, context: RequestContext) => Promise<unknown>,
  ): Promise<Listener> {
    const listener = new Listener(path, { onRequest });
    await listener.start();
    return listener;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // it is no JSON
  }
}

export const statusOf = (serverId: string, more: Partial<ServerStatus> = {}): ServerStatus => ({
  serverId,
  game: 'emberhollow',
  state: 'up',
  wanted: 'up',
  since: Date.UTC(2026, 0, 1),
  isBackingUp: false,
  players: [],
  restarts: 0,
  ...more,
});
