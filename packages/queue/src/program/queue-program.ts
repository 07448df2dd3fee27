import { join } from 'node:path';
import {
  boxPaths,
  messageOf,
  processExits,
  readEffectiveConfig,
  titles,
  type Clock,
  type Message,
} from '@pinky/protocol';
import { FileLock, HeartbeatSender, readStat, type HeldSignals } from '@pinky/supervisor/child';
import { dumpPath } from '@pinky/supervisor/dump';
import { BoxQueue } from '../box-queue.js';
import { writeReport } from './report.js';
import { libraryVoice } from './library-voice.js';
import { QueueLog } from './queue-log.js';

/** How long commands in hand may hold up a graceful end, milliseconds. The next queue takes up what is left. */
const finishWithinMs = 10_000;
/** An end that hangs is forced after this, milliseconds. */
const endWithinMs = 20_000;

export interface QueueProgramOptions {
  readonly home: string;
  readonly signals: HeldSignals;
  readonly clock?: Clock;
}

type Ending = 'drain' | 'detach' | 'successor';

/** The queue as a process: its lock, its signals, its heartbeats and its exit codes. */
export class QueueProgram {
  readonly #log: QueueLog;
  readonly #queue: BoxQueue;
  #beats: HeartbeatSender | undefined;
  #ending: Ending | undefined;

  constructor(private readonly options: QueueProgramOptions) {
    const config = readEffectiveConfig(options.home);
    this.#log = new QueueLog(join(boxPaths(options.home).logDir, 'queue.log'), config.logLevel);
    const identify: Message = {
      type: 'identify',
      role: 'queue',
      pid: process.pid,
      startTime: readStat(process.pid)?.startTime ?? '', // tells us from a later process with the same pid
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
    this.#obeySignals();
  }

  /** Exits with 4 if another queue serves this home. */
  async run(): Promise<void> {
    const lock = FileLock.take(join(this.options.home, 'queue.lock'));
    if (!lock) {
      this.#log.logger.error({ event: 'queue.already_running', because: 'another queue serves this home' });
      return process.exit(processExits.occupied);
    }
    lock.keep(this.#log.logger);
    libraryVoice(this.#log.logger);
    await this.#queue.start();
    this.#log.logger.info({ event: 'queue.started' });
    this.#beats = HeartbeatSender.start({ intervalMs: this.#queue.config.worker.heartbeatIntervalMs });
  }

  #obeySignals(): void {
    this.options.signals.obey({
      SIGUSR1: () => this.#end('successor'),
      SIGTERM: () => this.#end('drain'),
      SIGINT: () => this.#end('detach'),
      SIGQUIT: () => process.exit(processExits.done),
      SIGHUP: () => process.exit(processExits.handedOver),
      SIGUSR2: () => this.#reload(),
      SIGCONT: () => this.#dump(),
    });
  }

  /** The first wish counts, unless a drain follows: then the box itself is being stopped. */
  #end(how: Ending): void {
    const isFirst = this.#ending === undefined;
    if (isFirst || how === 'drain') this.#ending = how;
    if (isFirst) void this.#endNow();
  }

  async #endNow(): Promise<void> {
    setTimeout(() => process.exit(this.#exitCode), endWithinMs).unref();
    this.#log.logger.info({ event: 'queue.ending', how: this.#ending });
    try {
      const { left } = await this.#queue.drain(finishWithinMs, this.#ending !== 'drain');
      if (left > 0) this.#log.logger.info({ event: 'queue.left_in_hand', left });
      await this.#queue.stop({ down: this.#ending === 'drain' });
    } catch (error) {
      this.#log.logger.error({ event: 'queue.end_failed', because: messageOf(error) });
    }
    process.exit(this.#exitCode);
  }

  get #exitCode(): number {
    return this.#ending === 'successor' ? processExits.handedOver : processExits.done;
  }

  #reload(): void {
    try {
      const config = readEffectiveConfig(this.options.home);
      this.#log.setLevel(config.logLevel);
      this.#queue.reload(config);
      if (this.#beats) this.#beats.intervalMs = config.worker.heartbeatIntervalMs;
      this.#log.logger.info({ event: 'queue.reloaded' });
    } catch (error) {
      this.#log.logger.error({ event: 'queue.reload_failed', because: messageOf(error) });
    }
  }

  #dump(): void {
    try {
      writeReport(dumpPath(), this.#queue.describe());
    } catch (error) {
      this.#log.logger.warn({ event: 'queue.dump_failed', because: messageOf(error) });
    }
  }
}
