import type { Redis } from 'ioredis';
import { redisKeys } from '@pinky/protocol';
import { within } from '../redis/within.js';

/** How long Redis may take to say of which type a key is, milliseconds. */
const answersWithinMs = 3_000;

/** BullMQ's keys of a queue, and the type that each must have. The rest of its keys belong to single jobs. */
const ofBullMq: Readonly<Record<string, string>> = {
  wait: 'list',
  paused: 'list',
  active: 'list',
  prioritized: 'zset',
  delayed: 'zset',
  completed: 'zset',
  failed: 'zset',
  'waiting-children': 'zset',
  marker: 'zset',
  repeat: 'zset',
  stalled: 'set',
  meta: 'hash',
  events: 'stream',
  id: 'string',
  pc: 'string',
  limiter: 'string',
  'stalled-check': 'string',
};

/** Our own keys, and the type that each must have. */
const ofOurs: readonly (readonly [RegExp, string])[] = [
  [/^pinky:[^:]+:(?:state|heartbeat|servers:.+)$/, 'string'],
  [/^pinky:[^:]+:(?:in|intake|processing|answers)$/, 'list'],
  [/^pinky:[^:]+:(?:owner|in:counter)$/, 'hash'],
  [/^server:events$/, 'list'],
  [/^server:[^:]+:(?:state|box|cursor)$/, 'string'],
  [/^server:[^:]+:players$/, 'set'],
  [/^pinky:[^:]+:distributions$/, 'zset'],
  [/^pinky:[^:]+:distributions:[^:]+$/, 'hash'],
  [/^pinky:[^:]+:outbox$/, 'stream'],
  [/^pinky:[^:]+:outbox:counts$/, 'hash'],
  [/^pinky:[^:]+:webhooks:[^:]+$/, 'string'],
  [/^pinky:[^:]+:webhooks:[^:]+:aside$/, 'hash'],
  [/^pinky:[^:]+:webhooks:[^:]+:failed$/, 'list'],
];

/** The type that a key of ours must have; undefined for any other key. */
export function typeOfKey(key: string): string | undefined {
  const [, name] = /^bull:pinky-[^:]+:([a-z-]+)$/.exec(key) ?? [];
  if (name !== undefined) return Object.hasOwn(ofBullMq, name) ? ofBullMq[name] : undefined;
  return ofOurs.find(([pattern]) => pattern.test(key))?.[1];
}

/** The keys of a box that belong to no single server or job. */
export function keysOfBox(box: string): readonly string[] {
  const keys = redisKeys(box);
  return [
    ...Object.values(keys).filter((key) => typeof key === 'string' && key !== keys.queue).map(String),
    ...Object.keys(ofBullMq).map((name) => `bull:${keys.queue}:${name}`),
  ];
}

/** Somebody has put another type into a key of ours, so Redis refuses every command on it. */
export class WrongTypeError extends Error {
  /** The name of an answer of Redis: the connection that brought it still works. */
  override readonly name = 'ReplyError';
  readonly remedy: string;

  constructor(readonly key: string, found: string, needed: string, cause?: unknown) {
    super(`the key ${key} must be a ${needed}, and is a ${found}`, { cause });
    this.remedy =
      `find out which program writes ${key}; then remove the key (redis-cli del ${key}), or keep what is in it under ` +
      `another name (redis-cli rename ${key} ${key}.old); what waits goes on by itself`;
  }
}

/** Whether Redis refused a command because of a key's type. Before Redis 7 the word stands in a longer sentence. */
export const isWrongType = (error: unknown): error is Error =>
  error instanceof Error && /\bWRONGTYPE\b/.test(error.message);

/** The error for a key of ours that has another type than it must have; undefined where it has none, or the right. */
export async function wrongTypeOf(redis: Redis, key: string, cause?: unknown): Promise<WrongTypeError | undefined> {
  const needed = typeOfKey(key);
  if (needed === undefined) return undefined;
  const found = await within(redis.type(key), answersWithinMs);
  return found === needed || found === 'none' ? undefined : new WrongTypeError(key, found, needed, cause);
}

/**
 * Says which key is meant, where Redis refused a command because of a type: its reply does not. Any other error, and a
 * refusal that no key of ours explains, is answered as it is.
 */
export async function withKeyNamed(redis: Redis, error: unknown): Promise<unknown> {
  if (!isWrongType(error) || error instanceof WrongTypeError) return error;
  try {
    for (const key of keysIn(error)) {
      const wrong = await wrongTypeOf(redis, key, error);
      if (wrong) return wrong;
    }
  } catch {
    // The connection has ended meanwhile: whoever asks next hears of that.
  }
  return error;
}

/** ioredis says with which arguments a command failed. The keys of a script are counted in the second. */
function keysIn(error: Error): string[] {
  const { name = '', args = [] } = 'command' in error ? error.command as { name?: string; args?: unknown[] } : {};
  const keys = /^evalsha|^eval/i.test(name) ? args.slice(2, 2 + Number(args[1])) : args;
  return keys.map(String).filter((key) => typeOfKey(key) !== undefined);
}
