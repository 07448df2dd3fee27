import { Lifetime, type Clock, type Logger, type LongLived } from '@pinky/protocol';
import { Notifier } from './notifier.js';
import { watchdogMsOf } from './watchdog.js';

/** The questions of the report to the supervisor. */
export interface ReportSources {
  /** One line for `systemctl status`. */
  readonly status: () => string;
  /** Why systemd should replace the supervisor. Undefined if all is well. */
  readonly trouble: () => string | undefined;
}

export interface ServiceReportOptions extends ReportSources {
  readonly env: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Longest time between two looks at the status, in milliseconds. */
const lookMs = 15_000;

/** How long a supervisor that leaves waits until systemd was told, milliseconds. */
const farewellMs = 1_000;

/** Tells systemd how the supervisor is. Does nothing without NOTIFY_SOCKET. */
export class ServiceReport implements LongLived {
  readonly #notifier: Notifier | undefined;
  readonly #watchdogMs: number | undefined;
  readonly #life = new Lifetime({ begin: () => this.#begin() });
  #told = '';

  constructor(private readonly options: ServiceReportOptions) {
    const { env, logger } = options;
    const socket = env['NOTIFY_SOCKET'];
    if (!socket) return;
    this.#watchdogMs = watchdogMsOf(env, process.pid);
    this.#notifier = new Notifier({
      socket,
      searchPath: env['PATH'] ?? '/usr/bin:/bin',
      onFailure: (reason) =>
        logger.error({ event: 'systemd.not_told', reason, remedy: 'Type=notify needs systemd-notify' }),
    });
  }

  /** Begins the signs of life. Call it before anything that may take long. */
  start(signal?: AbortSignal): void {
    void this.#life.start(signal);
  }

  /** The box answers, or a reload is over. `MAINPID` is for units that start us by `pinky up --daemonize`. */
  ready(): Promise<void> {
    return this.#send('READY=1', `MAINPID=${process.pid}`, this.#status());
  }

  reloading(): Promise<void> {
    return this.#send('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`);
  }

  /** Waits a moment for what is being told before: the supervisor may leave next, and with it what waits. */
  async stopping(): Promise<void> {
    const told = new AbortController();
    void this.#send('STOPPING=1', this.#status()).finally(() => told.abort());
    await this.options.clock.rest(farewellMs, told.signal);
  }

  /** Tells nothing from now on. Does not wait for systemd to read what was said: the supervisor is about to leave. */
  stop(): Promise<void> {
    return this.#life.stop();
  }

  #begin(): void {
    if (this.#notifier) this.#life.add(this.#repeat(this.#notifier));
  }

  async #repeat(notifier: Notifier): Promise<void> {
    const { clock } = this.options;
    const pauseMs = this.#watchdogMs === undefined ? lookMs : Math.min(lookMs, this.#watchdogMs / 3); // two may be lost
    while (!this.#life.signal.aborted) {
      if (notifier.isFree) this.#tell(notifier);
      await clock.rest(pauseMs, this.#life.signal);
    }
  }

  #tell(notifier: Notifier): void {
    const trouble = this.options.trouble();
    if (trouble !== undefined) this.options.logger.error({ event: 'systemd.no_sign_of_life', trouble });
    const last = this.#told;
    const status = this.#status();
    const news = [
      ...(this.#watchdogMs !== undefined && trouble === undefined ? ['WATCHDOG=1'] : []),
      ...(status === last ? [] : [status]),
    ];
    if (news.length > 0) void notifier.send(...news);
  }

  #status(): string {
    this.#told = `STATUS=${this.options.status()}`;
    return this.#told;
  }

  async #send(...assignments: readonly string[]): Promise<void> {
    if (this.#notifier && !this.#life.signal.aborted) await this.#notifier.send(...assignments);
  }
}
