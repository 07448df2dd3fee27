import { errnoOf } from '@pinky/protocol';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** The verdict of redis-check-aof on the data of a Redis. */
export interface AofCheck {
  readonly isValid: boolean;
  /** The first file whose end it cannot read. */
  readonly damage?: { readonly file: string; readonly keptBytes: number; readonly bytes: number };
  /** Its last line. */
  readonly words: string;
}

export interface CheckOptions {
  /** The command of the Redis that the data belongs to. */
  readonly redisServer: string;
  readonly signal: AbortSignal;
}

/** It prints a few lines a file. More than this is not read. */
const mostText = 64 * 1024;

const analyzed = /AOF analyzed: (?:filename=(.+), )?size=\d+, ok_up_to=(\d+).*, diff=(\d+)/g;

/**
 * Has redis-check-aof read the data that begins with this file. Where it is not installed, redis-server does the same
 * under that name. Rejects if neither can be run.
 */
export async function checkAof(file: string, options: CheckOptions): Promise<AofCheck> {
  const { code, text } = await run('redis-check-aof', [file], options.signal).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return run(options.redisServer, [file], options.signal, 'redis-check-aof');
  });
  const damaged = [...text.matchAll(analyzed)].find(([, , , bytes]) => Number(bytes) > 0);
  const damage = damaged && { file: damaged[1] ?? file, keptBytes: Number(damaged[2]), bytes: Number(damaged[3]) };
  return { isValid: code === 0, ...(damage && { damage }), words: text.trim().split('\n').at(-1) ?? '' };
}

async function run(command: string, args: readonly string[], signal: AbortSignal, argv0 = command) {
  const child = spawn(command, args, { argv0, signal, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const add = (chunk: Buffer): void => {
    text = (text + chunk.toString('latin1')).slice(-mostText);
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, text };
}
