import { redisKeys, silentLogger } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { BoxOwner } from '../../src/owner/box-owner.js';
import { claimName } from '../../src/owner/claim.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
const keys = redisKeys('1');
const heartbeatLifeMs = 30_000;
const instance = (identity: string) =>
  ({ identity, host: identity, home: `/${identity}`, bootId: 'b', place: `b/${identity}` });
beforeAll(() => redis.start());
afterAll(() => redis.end());

it('lets the home that had the name claim it first where Redis has forgotten both', async () => {
  const client = redis.client();
  const clock = new FakeClock();
  const owner = (identity: string): BoxOwner => new BoxOwner({
    box: '1', keys, instance: instance(identity), isPrivate: () => false, heartbeatLifeMs: () => heartbeatLifeMs,
    logger: silentLogger, clock,
  });
  const [displaced, present] = [owner('a'), owner('b')];
  const taken = expect.objectContaining({ code: 'box_taken' });
  await displaced.claim(client);
  await claimName(client, keys, instance('b'), { mode: 'takeOver', heartbeatLifeMs });
  await present.claim(client);
  await expect(displaced.claim(client)).rejects.toEqual(taken);
  await client.flushall();
  await expect(displaced.claim(client)).rejects.toEqual(taken);
  await present.claim(client);
  await expect(displaced.claim(client)).rejects.toEqual(taken);
  await client.flushall(); // and the other one is gone for good
  await expect(displaced.claim(client)).rejects.toEqual(taken);
  await clock.advance(heartbeatLifeMs - 1);
  await expect(displaced.claim(client)).rejects.toEqual(taken);
  await clock.advance(1);
  await displaced.claim(client);
  expect(displaced.other).toBeUndefined();
});
