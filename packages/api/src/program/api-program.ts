import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  boxPaths,
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
import { ApiServer } from './api-server.js';

/** An end that hangs is forced after this, milliseconds. */
const endWithinMs = 5_000;

/** The API as a process: its lock, its signals, its heartbeats and its exit codes. */
export class ApiProgram {
  #config: BoxConfig;
  readonly #server: ApiServer;
  readonly #log;
  readonly #bound: string;
  #beats: HeartbeatSender | undefined;
  #isEnding = false;

  constructor(private readonly home: string, private readonly signals: HeldSignals) {
    const config = readEffectiveConfig(home);
    this.#config = config;
    this.#bound = boundOf(config);
    const path = join(boxPaths(home).logDir, 'api.log');
    this.#log = createPlainLogger({ path, level: config.logLevel, format: 'json', mode: 0o600 });
    const { pid } = process;
    const startTime = readStat(pid)?.startTime ?? '';
    const greet = (): readonly Message[] => [{
      type: 'identify',
      role: 'api',
      pid,
      startTime,
      version: config.version,
    }];
    const pageDir = installedPage();
    this.#server = new ApiServer({
      config: () => this.#config,
      logger: this.#log,
      greet,
      onShutdown: () => void this.#end(processExits.handedOver),
      ...(pageDir !== undefined && { pageDir }),
    });
  }

  /** Exits with 4 if another API serves this home. */
  async run(): Promise<void> {
    process.title = titles.api(this.#config.box, 'starting');
    const lock = FileLock.take(join(this.home, 'api.lock'));
    if (!lock) {
      this.#log.error({ event: 'api.already_running', because: 'another API serves this home' });
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
    await this.#server.start();
    const { host, port } = this.#server.address ?? { host: '', port: 0 };
    process.title = titles.api(this.#config.box, `${host.includes(':') ? `[${host}]` : host}:${port}`);
  }

  /** Another address or certificate needs another process, which the supervisor starts at once. */
  #reload(): void {
    try {
      this.#config = readEffectiveConfig(this.home);
      this.#log.reopen();
      this.#log.configure({ level: this.#config.logLevel });
      if (this.#beats) this.#beats.intervalMs = this.#config.worker.heartbeatIntervalMs;
      this.#log.info({ event: 'api.reloaded' });
    } catch (error) {
      this.#log.error({ event: 'api.reload_failed', because: messageOf(error) });
    }
    if (boundOf(this.#config) !== this.#bound && this.#config.api?.isEnabled) void this.#end(processExits.handedOver);
  }

  async #end(code: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    setTimeout(() => process.exit(code), endWithinMs).unref();
    await this.#server.stop();
    process.exit(code);
  }

  #dump(): void {
    try {
      dumpTo(dumpPath());
    } catch (error) {
      this.#log.warn({ event: 'api.dump_failed', because: messageOf(error) });
    }
  }
}

/** The settings that only a new process applies. */
const boundOf = ({ api }: BoxConfig): string =>
  JSON.stringify([api?.host, api?.port, api?.tls, api?.trustedProxies, api?.bodyBytes]);

/** The files of the page, if its package is installed beside this one. */
function installedPage(): string | undefined {
  try {
    const dir = join(dirname(require.resolve('@pinky/web/package.json')), 'dist');
    return existsSync(join(dir, 'index.html')) ? dir : undefined;
  } catch {
    return undefined; // the API serves without it
  }
}
