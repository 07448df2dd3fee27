import type { Socket } from 'node:net';
import { RedisClient } from '../../src/redis/client.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
beforeAll(() => redis.start());
afterAll(() => redis.end());

it('outlives a socket that reports an error twice, as one with TLS may', async () => {
  const client = new RedisClient({ path: redis.socket, password: redis.password }, 'test');
  await client.open(() => undefined);
  const socket = Reflect.get(client.redis, 'stream') as Socket; // it is no public field
  socket.emit('error', new Error('first'));
  expect(() => socket.emit('error', new Error('second'))).not.toThrow();
  client.end();
  await client.ended;
  expect(client.failure).toEqual(new Error('first'));
});
