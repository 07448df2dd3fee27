import { join } from 'node:path';
import {
  boxPaths,
  Link,
  messageOf,
  processExits,
  readEffectiveConfig,
  titles,
  type BoxConfig,
  type Message,
} from '@pinky/protocol';
import { FileLock, HeartbeatSender, readStat, type HeldSignals } from '@pinky/supervisor/child';
import { dumpPath, dumpTo } from '@pinky/supervisor/dump';
import { createPlainLogger } from '@pinky/supervisor/plain-logger';
import { Dispatcher } from '../dispatch/dispatcher.js';
import { WebhooksSocket } from './webhooks-socket.js';

/** An end that hangs is forced after this, milliseconds. */
const endWithinMs = 5_000;

/** The delivery of webhooks as a process: its lock, its signals, its heartbeats and its exit codes. */
export class WebhooksProgram {
  #config: BoxConfig;
  readonly #dispatcher: Dispatcher;
  readonly #socket: WebhooksSocket;
  readonly #supervisor: Link;
  readonly #log;
  #beats: HeartbeatSender | undefined;
  #isEnding = false;

  constructor(private readonly home: string, private readonly signals: HeldSignals) {
    const config = readEffectiveConfig(home);
    this.#config = config;
    const path = join(boxPaths(home).logDir, 'webhooks.log');
    this.#log = createPlainLogger({ path, level: config.logLevel, format: 'json', mode: 0o600 });
    this.#dispatcher = new Dispatcher({ config: () => this.#config, logger: this.#log });
    this.#socket = new WebhooksSocket(home, this.#dispatcher);
    this.#supervisor = new Link({ path: boxPaths(home).supervisorSocket }, {
      greet: () => [ourselves(config.version), { type: 'slaveHello', Running: true }],
      onMessage: (message) => { if (message.type === 'shutdown') void this.#end(processExits.handedOver); },
      onRequest: async () => ({}), // it asks whether we live, where we have no pipe to it
    });
  }

  /** Exits with 4 if another process delivers for this home. */
  async run(): Promise<void> {
    process.title = titles.webhooks(this.#config.box);
    const lock = FileLock.take(boxPaths(this.home).webhooksLock);
    if (!lock) {
      this.#log.error({ event: 'webhooks.already_running', because: 'another process delivers for this home' });
      return process.exit(processExits.occupied);
    }
    lock.keep(this.#log);
    this.#beats = HeartbeatSender.start({ intervalMs: this.#config.worker.heartbeatIntervalMs });
    this.signals.obey({
      SIGUSR1: () => void this.#end(processExits.handedOver),
      SIGTERM: () => void this.#end(processExits.done),
      SIGINT: () => void this.#end(processExits.done),
      SIGQUIT: () => process.exit(processExits.done),
      SIGHUP: () => process.exit(processExits.handedOver),
      SIGUSR2: () => this.#reload(),
      SIGCONT: () => this.#dump(),
    });
    this.#supervisor.start();
    await this.#dispatcher.start();
    await this.#socket.start();
    this.#log.info({ event: 'webhooks.started' });
  }

  #reload(): void {
    try {
      this.#config = readEffectiveConfig(this.home);
      this.#log.reopen();
      this.#log.configure({ level: this.#config.logLevel });
      if (this.#beats) this.#beats.intervalMs = this.#config.worker.heartbeatIntervalMs;
      this.#log.info({ event: 'webhooks.reloaded' });
    } catch (error) {
      this.#log.error({ event: 'webhooks.reload_failed', because: messageOf(error) });
    }
  }

  /** A message under way is cut off: the next process sends it again with its id. */
  async #end(code: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    setTimeout(() => process.exit(code), endWithinMs).unref();
    await this.#socket.stop();
    await this.#dispatcher.stop();
    await this.#supervisor.stop();
    process.exit(code);
  }

  #dump(): void {
    try {
      dumpTo(dumpPath());
    } catch (error) {
      this.#log.warn({ event: 'webhooks.dump_failed', because: messageOf(error) });
    }
  }
}

const ourselves = (version: string): Message => ({
  type: 'identify',
  role: 'webhooks',
  pid: process.pid,
  startTime: readStat(process.pid)?.startTime ?? '', // tells us from a later process with the same pid
  version,
});
