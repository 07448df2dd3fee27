import { PinkyError } from '@pinky/protocol/base';

/** How a spawned worker is started, besides its command. */
export interface SpawnOptions {
  readonly cwd?: string;
  /** The whole environment. Default: the server's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * A file to which its output is appended. Default: the log, if that is a file and `logStdout` is on, else the
   * server's own output.
   */
  readonly output?: string;
  /**
   * Gives it a heartbeat pipe (its number is in `HEARTBEAT_FD`), and expects a beat every `workerHeartbeatInterval`.
   * Default false.
   */
  readonly hasHeartbeat?: boolean;
}

export interface SpawnRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: SpawnOptions;
}

/**
 * Starts the program of a worker of type spawn. The worker's `spawn` hook calls it once for each start: `spawn([env,]
 * command, …args [, options])`, as in ServerEngine. No shell is involved.
 */
export class ProcessManager {
  #request: SpawnRequest | undefined;

  spawn(...given: readonly (string | SpawnOptions | Readonly<Record<string, string>>)[]): void {
    if (this.#request) throw new PinkyError('bad_option', 'a worker spawns one program at a time');
    const rest = [...given];
    // The casts hold: an object before the command is an environment, one after it options.
    const extra = typeof rest[0] === 'object' ? (rest.shift() as Record<string, string>) : undefined;
    const options = typeof rest.at(-1) === 'object' ? (rest.pop() as SpawnOptions) : {};
    const [command] = rest.map(String);
    if (command === undefined || command === '') throw new PinkyError('bad_option', 'spawn() needs a command');
    const env = extra ? { ...process.env, ...options.env, ...extra } : options.env;
    const args = rest.slice(1).map(String); // a rest element keeps room for 17, and there may be thousands of workers
    this.#request = { command, args, options: { ...options, ...(env && { env }) } };
  }

  /** The program that was asked for. None: `bad_option`. */
  take(): SpawnRequest {
    if (!this.#request) throw new PinkyError('bad_option', 'the worker\'s spawn() did not call processManager.spawn()');
    return this.#request;
  }
}
