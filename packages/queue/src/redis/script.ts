import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

type Argument = string | number | Buffer;

/** A Lua script that is sent once and then called by its digest. Each call is one atomic step in Redis. */
export class Script {
  readonly #sha: string;

  constructor(private readonly lua: string) {
    this.#sha = createHash('sha1').update(lua).digest('hex');
  }

  /** The reply with texts as strings. The arguments are passed as one array: a spread of many overflows the stack. */
  run(redis: Redis, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#run((command, rest) => redis.call(command, rest), keys, args);
  }

  /** The reply with texts as buffers, for what may not be UTF-8. */
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
      // The server was restarted, or never saw it: EVAL brings it along.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return call('EVAL', [this.lua, ...rest]);
    }
  }
}
