import type { Redis } from 'ioredis';
import type { BoxConfig } from '@pinky/protocol';
import { maskedAddress, redisOptions, withoutSecrets, type RedisAddress } from '../redis/address.js';
import { openClient, type RedisClient } from '../redis/client.js';
import { factsOf, type ServerFacts } from '../redis/server-facts.js';
import { troubleOf } from '../redis/trouble.js';
import { within } from '../redis/within.js';
import { badCheck, type RedisCheck } from './redis-check.js';
import { checkMemory, checkPersistence, checkVersion } from './server-checks.js';
import { checkSentinels } from './sentinel-checks.js';
import { tryCommands, tryJob, wrongKeys } from './trials.js';

/** How long all that is asked over one connection may take, milliseconds. */
const askedWithinMs = 5_000;

/**
 * Looks at the box's Redis with the settings that the box uses, and tries what the box needs of it. It leaves nothing
 * there, and never throws.
 */
export async function examineRedis(config: BoxConfig): Promise<RedisCheck[]> {
  let address: RedisAddress;
  try {
    address = redisOptions(config);
  } catch (error) {
    return [badCheck('redis', troubleOf(error))];
  }
  const bad = (name: string, error: unknown): RedisCheck => {
    const trouble = troubleOf(error);
    return badCheck(name, { ...trouble, because: withoutSecrets(trouble.because, address) });
  };
  const refused: RedisCheck[] = await checkSentinels(address);
  const before = refused.length;
  let client: RedisClient;
  try {
    client = await openClient(address, 'pinky-doctor', (error) => void refused.push(bad('redis', error)));
  } catch (error) {
    return [...refused, bad('redis', error)];
  }
  try {
    const mayAsk = refused.length === before;
    return [...refused, ...(await examined({ client, config, bad, mayAsk }))];
  } finally {
    client.end();
  }
}

interface Examined {
  readonly client: RedisClient;
  readonly config: BoxConfig;
  readonly bad: (name: string, error: unknown) => RedisCheck;
  /** Whether our user may ask the server about itself. */
  readonly mayAsk: boolean;
}

/** With the first trouble the rest is left out: it would only be said again. */
async function examined({ client, config, bad, mayAsk }: Examined): Promise<RedisCheck[]> {
  const { redis } = client;
  const checks: RedisCheck[] = [];
  try {
    if (mayAsk) {
      const facts = await within(askedFacts(redis), askedWithinMs);
      checks.push(checkVersion(facts, where(config)), ...checkMemory(facts));
      checks.push(...(await within(checkPersistence(facts, redis), askedWithinMs)));
    }
    await within(tryCommands(redis, config.box), askedWithinMs);
    const wrong = await within(wrongKeys(redis, config.box), askedWithinMs);
    checks.push(...wrong.map((each) => bad('redis key', each)));
  } catch (error) {
    return [...checks, bad('redis commands', error)];
  }
  try {
    await tryJob(client, config.box);
    return [...checks, { name: 'redis jobs', level: 'ok', found: 'a job went through BullMQ and back' }];
  } catch (error) {
    return [...checks, bad('redis jobs', error)];
  }
}

const askedFacts = async (redis: Redis): Promise<ServerFacts> => factsOf(await redis.info());

const where = ({ redis }: BoxConfig): string =>
  redis === undefined ? 'the private Redis' : `your own Redis (${maskedAddress(redis)})`;
