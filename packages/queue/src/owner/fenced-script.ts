import type { Redis } from 'ioredis';
import { Script, type Argument } from '../redis/script.js';

/** The key of the box's owner, and the claim that it must hold. */
export interface Fence {
  readonly key: string;
  readonly claim: string;
  /**
   * How often this process got the name from another home, or from nobody. Claims of one tenure follow each other, and
   * nobody else had the name in between.
   */
  readonly tenure?: number;
}

/** A connection, and the claim that every write over it is compared with. */
export interface FencedClient {
  readonly client: Redis;
  readonly fence: Fence;
}

/** How a script answers whose box is another's by now. */
const notOwner = 'NOTOWNER';

export const isNotOwner = (error: unknown): boolean => error instanceof Error && error.message.startsWith(notOwner);

/**
 * Lua that takes owner and claim off KEYS and ARGV, where they come last, and ends the script if the claim is not
 * the present one.
 */
const fenceLua = `
if redis.call('HGET', table.remove(KEYS), 'claim') ~= table.remove(ARGV) then
  return redis.error_reply('${notOwner} another home has claimed this box')
end`;

/** Throws if another home has claimed the box. */
export async function assertOwner(redis: FencedClient): Promise<void> {
  await owns.run(redis, [], []);
}

/** A script that does nothing once another home has claimed the box: Redis compares in the same step. */
export class FencedScript {
  readonly #script: Script;

  constructor(lua: string) {
    this.#script = new Script(`${fenceLua}\n${lua}`);
  }

  run({ client, fence }: FencedClient, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#script.run(client, [...keys, fence.key], [...args, fence.claim]);
  }

  runBuffer({ client, fence }: FencedClient, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
    return this.#script.runBuffer(client, [...keys, fence.key], [...args, fence.claim]);
  }
}

const owns = new FencedScript('return 1');
