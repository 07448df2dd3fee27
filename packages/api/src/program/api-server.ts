import type { Socket } from 'node:net';
import {
  boxPaths,
  Lifetime,
  sharedAbort,
  systemClock,
  type BoxConfig,
  type Clock,
  type Logger,
  type LongLived,
  type Message,
} from '@pinky/protocol';
import { KnownState } from '../box/known-state.js';
import { SampleKeeper } from '../graphs/sample-keeper.js';
import type { ApiParts, App } from '../http/app.js';
import { buildApp } from '../http/build-app.js';
import { withoutPaths } from '../http/problem.js';
import { Jobs } from '../jobs/jobs.js';
import { ServerSpaces } from '../space/server-spaces.js';
import { QueueTalk } from '../talk/queue-talk.js';
import { SupervisorTalk } from '../talk/supervisor-talk.js';
import { Audit, WrongTokens, TokenBook } from '../tokens/index.js';
import { removeAddress, writeAddress, type ApiAddress } from './address-file.js';
import { listenOnFree } from './listen-address.js';

export interface ApiServerOptions {
  readonly config: () => BoxConfig;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** The first messages to supervisor and queue: who we are. */
  readonly greet: () => readonly Message[];
  /** The supervisor wants a successor in our place. */
  readonly onShutdown?: () => void;
  /** The folder of the page, if the page is installed. */
  readonly pageDir?: string;
}

const dayMs = 24 * 3_600_000;
/** How long viewers have to close their ends, milliseconds. */
const goodbyeMs = 500;

/** The API of one box: it listens, and talks to supervisor and queue. It needs neither of them to begin. */
export class ApiServer implements LongLived {
  readonly #parts: ApiParts;
  readonly #samples: SampleKeeper;
  readonly #life: Lifetime;
  readonly #over = sharedAbort();
  #app: App | undefined;
  #sockets: ReadonlySet<Socket> = new Set();
  #address: Omit<ApiAddress, 'pid'> | undefined;

  constructor(private readonly options: ApiServerOptions) {
    const { config, logger, greet, clock = systemClock, onShutdown, pageDir } = options;
    const { home } = config();
    const queue = new QueueTalk(home, greet, clock);
    const supervisor = new SupervisorTalk(home, greet, () => onShutdown?.());
    this.#parts = {
      config,
      clock,
      logger,
      queue,
      supervisor,
      tokens: new TokenBook(home, clock),
      wrongTokens: new WrongTokens(clock, () => config().api?.failuresPerMinute ?? 20),
      audit: new Audit(home, logger),
      state: new KnownState(config, queue, supervisor),
      jobs: new Jobs({
        home,
        queue,
        clock,
        logger,
        keptMs: () => config().keepAnswersMs ?? dayMs,
        words: (text) => withoutPaths(config())(text),
      }),
      spaces: new ServerSpaces(config, clock),
      since: clock.wallNow(),
      over: this.#over.signal,
      ...(pageDir !== undefined && { pageDir }),
    };
    this.#samples = new SampleKeeper(this.#parts);
    this.#life = new Lifetime({ begin: () => this.#begin(), end: () => this.#end() });
  }

  /** Where it listens; undefined before and after. */
  get address(): Omit<ApiAddress, 'pid'> | undefined {
    return this.#address;
  }

  start(signal?: AbortSignal): Promise<void> {
    return this.#life.start(signal);
  }

  stop(): Promise<void> {
    return this.#life.stop();
  }

  /** The OpenAPI document of the routes. It may be asked for without a start: nothing listens for it. */
  async document(): Promise<object> {
    const app = await buildApp(this.#parts);
    try {
      await app.ready();
      return app.swagger();
    } finally {
      await app.close();
    }
  }

  async #begin(): Promise<void> {
    const { queue, supervisor, tokens, jobs } = this.#parts;
    supervisor.start();
    queue.start();
    await tokens.start();
    await jobs.start();
    await this.#samples.start();
    await this.#listen();
  }

  async #listen(): Promise<void> {
    const { config, logger } = this.options;
    const { home, api } = config();
    const host = api?.host ?? '127.0.0.1';
    const port = await listenOnFree(api?.port ?? 7465, async (tried) => {
      this.#app = await buildApp(this.#parts);
      this.#sockets = openSockets(this.#app);
      await this.#app.listen({ host, port: tried });
    });
    const shownHost = host.includes(':') ? `[${host}]` : host;
    const bound = port === 0 ? boundPort(this.#app) : port;
    const url = `${api?.tls ? 'https' : 'http'}://${shownHost}:${bound}`;
    this.#address = { url, host, port: bound };
    writeAddress(home, this.#address);
    logger.info({ event: 'api.listening', url, apiDir: boxPaths(home).apiDir });
  }

  /** Says goodbye, and then waits for nobody. */
  async #close(): Promise<void> {
    const closing = this.#app?.close();
    const over = new AbortController();
    void closing?.finally(() => over.abort());
    await this.#parts.clock.rest(goodbyeMs, over.signal);
    for (const socket of this.#sockets) socket.destroy();
    await closing;
  }

  async #end(): Promise<void> {
    const { queue, supervisor, tokens, jobs, audit } = this.#parts;
    this.#over.abort();
    if (this.#address) removeAddress(this.options.config().home);
    this.#address = undefined;
    await this.#close();
    await Promise.all([queue.stop(), jobs.stop(), this.#samples.stop()]);
    await Promise.all([tokens.stop(), supervisor.stop(), audit.settled()]);
  }
}

/** The sockets of a server that are open, also those that the framework has given away. */
function openSockets({ server }: App): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function boundPort(app: App | undefined): number {
  const address = app?.server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
