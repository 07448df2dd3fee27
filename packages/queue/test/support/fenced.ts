import type { Redis } from 'ioredis';
import { redisKeys } from '@pinky/protocol';
import type { FencedClient } from '../../src/owner/fenced-script.js';

/** A client that owns box 1, for tests of scripts. A queue that starts afterwards claims the box for itself. */
export async function owning(client: Redis): Promise<FencedClient> {
  const fence = { key: redisKeys('1').owner, claim: '1-test' };
  await client.hset(fence.key, 'claim', fence.claim);
  return { client, fence };
}
