import { PinkyError } from '@pinky/protocol/base';

/** What a spawned worker is started with, beside its command. */
export interface SpawnOptions {
  readonly cwd?: string;
  /** The whole environment; default: the server's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /**
   * A file that its output is appended to. Default: the log where it is a file and `logStdout` is on, else the server's
   * own output.
   */
  readonly output?: string;
  /**
   * Hands it a heartbeat pipe (its number is in `HEARTBEAT_FD`), and expects one beat each `workerHeartbeatInterval`.
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
 * What a worker of type spawn starts its program by, in its `spawn` hook and once each time:
 * `spawn([env,] command, …args [, options])`, as ServerEngine's. No shell is involved.
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
    const args = rest.slice(1).map(String); // not a rest element, which keeps room for 17: there may be thousands
    this.#request = { command, args, options: { ...options, ...(env && { env }) } };
  }

  /** What was asked for. Nothing: `bad_option`. */
  take(): SpawnRequest {
    if (!this.#request) throw new PinkyError('bad_option', 'the worker\'s spawn() did not call processManager.spawn()');
    return this.#request;
  }
}
