import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export type Argument = string | number | Buffer;

/** A Lua script that is sent once and then called by its digest. Each call is one atomic step in Redis. */
export class Script {
  readonly #sha: string;

  constructor(private readonly lua: string) {
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  /** Answers texts as strings. The arguments are one array, because a spread of many overflows the stack. */
  run(redis: Redis, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#run((command, rest) => redis.call(command, rest), keys, args);
  }

  /** Answers texts as buffers, for what may not be UTF-8. */
  runBuffer(redis: Redis, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#run((command, rest) => redis.callBuffer(command, rest), keys, args);
  }

  async #run(
    call: (command: string, rest: Argument[]) => Promise<unknown>,
    keys: readonly string[],
    args: readonly Argument[],
  ): Promise<unknown> {
    const rest = [keys.length, ...keys, ...args];
    try {
      return await call('EVALSHA', [this.#sha, ...rest]);
    } catch (error) {
      // The server was restarted, or never saw the script: EVAL sends it.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return call('EVAL', [this.lua, ...rest]);
    }
  }
}
