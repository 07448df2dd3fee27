import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  boxPaths,
  messageOf,
  processExits,
  readEffectiveConfig,
  systemClock,
  titles,
  type Clock,
  type Message,
} from '@pinky/protocol';
import { dumpPath } from '@pinky/supervisor/dump';
import { BoxQueue } from '../box-queue.js';
import { writeReport } from './report.js';
import { heartbeatPipe } from './heartbeat-pipe.js';
import { libraryVoice } from './library-voice.js';
import { lockForLife } from './home-lock.js';
import { QueueLog } from './queue-log.js';

/** How long commands in hand may hold up a graceful end, milliseconds. The next queue takes up what is left. */
const finishWithinMs = 10_000;
/** An end that hangs is forced after this, milliseconds. */
const endWithinMs = 20_000;

export interface QueueProgramOptions {
  readonly home: string;
  /** Writes a dump on CONT. */
  readonly dump?: (facts: Record<string, unknown>) => void;
  /** Sends one heartbeat. */
  readonly beat?: () => void;
  readonly exit?: (code: number) => void;
  readonly clock?: Clock;
}

type Ending = 'drain' | 'detach' | 'successor';

/** The queue as a process: its lock, its signals, its heartbeats and its exit codes. */
export class QueueProgram {
  readonly #log: QueueLog;
  readonly #queue: BoxQueue;
  readonly #exit: (code: number) => void;
  #ending: Ending | undefined;

  constructor(private readonly options: QueueProgramOptions) {
    const config = readEffectiveConfig(options.home);
    this.#exit = options.exit ?? ((code) => process.exit(code));
    this.#log = new QueueLog(join(boxPaths(options.home).logDir, 'queue.log'), config.logLevel);
    const identify: Message = {
      type: 'identify',
      role: 'queue',
      pid: process.pid,
      startTime: ownStartTime(),
      version: config.version,
    };
    this.#queue = new BoxQueue({
      config,
      logger: this.#log.logger,
      greet: () => [identify, { type: 'slaveHello', Running: true }],
      onShutdown: () => this.#end('successor'),
      ...(options.clock && { clock: options.clock }),
    });
    process.title = titles.queue(config.box);
  }

  /** Exits with 4 if another queue serves this home. */
  async run(): Promise<void> {
    if (!lockForLife(join(this.options.home, 'queue.lock'))) {
      this.#log.logger.error({ event: 'queue.already_running', because: 'another queue serves this home' });
      return this.#exit(processExits.occupied);
    }
    libraryVoice(this.#log.logger);
    await this.#queue.start();
    this.#log.logger.info({ event: 'queue.started' });
    void this.#beatForEver();
  }

  /** A program does this first: Node opens its debugger on USR1 until there is a listener. */
  listenToSignals(): void {
    process.on('SIGUSR1', () => this.#end('successor'));
    process.on('SIGTERM', () => this.#end('drain'));
    process.on('SIGINT', () => this.#end('detach'));
    process.on('SIGQUIT', () => this.#exit(processExits.done));
    process.on('SIGHUP', () => this.#exit(processExits.handedOver));
    process.on('SIGUSR2', () => this.#reload());
    process.on('SIGCONT', () => this.#dump());
  }

  /** The first wish counts, unless a drain follows: then the box itself is being stopped. */
  #end(how: Ending): void {
    const isFirst = this.#ending === undefined;
    if (isFirst || how === 'drain') this.#ending = how;
    if (isFirst) void this.#endNow();
  }

  async #endNow(): Promise<void> {
    setTimeout(() => this.#exit(this.#exitCode), endWithinMs).unref();
    this.#log.logger.info({ event: 'queue.ending', how: this.#ending });
    try {
      const { left } = await this.#queue.drain(finishWithinMs, this.#ending !== 'drain');
      if (left > 0) this.#log.logger.info({ event: 'queue.left_in_hand', left });
      await this.#queue.stop({ down: this.#ending === 'drain' });
    } catch (error) {
      this.#log.logger.error({ event: 'queue.end_failed', because: messageOf(error) });
    }
    this.#exit(this.#exitCode);
  }

  get #exitCode(): number {
    return this.#ending === 'successor' ? processExits.handedOver : processExits.done;
  }

  #reload(): void {
    try {
      const config = readEffectiveConfig(this.options.home);
      this.#log.setLevel(config.logLevel);
      this.#queue.reload(config);
      this.#log.logger.info({ event: 'queue.reloaded' });
    } catch (error) {
      this.#log.logger.error({ event: 'queue.reload_failed', because: messageOf(error) });
    }
  }

  #dump(): void {
    try {
      (this.options.dump ?? ((facts) => writeReport(dumpPath(), facts)))(this.#queue.describe());
    } catch (error) {
      this.#log.logger.warn({ event: 'queue.dump_failed', because: messageOf(error) });
    }
  }

  async #beatForEver(): Promise<void> {
    const beat = this.options.beat ?? heartbeatPipe();
    for (;;) {
      beat();
      await systemClock.sleep(this.#queue.config.worker.heartbeatIntervalMs);
    }
  }
}

/** Field 22 of our own /proc stat. It tells us from a later process with the same pid. */
function ownStartTime(): string {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
