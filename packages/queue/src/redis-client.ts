/** For programs that ask the box's Redis beside the queue. It loads no BullMQ. */
export { redisOptions, withoutSecrets, type RedisAddress } from './redis/address.js';
export { openClient, type RedisClient } from './redis/client.js';
export { troubleOf } from './redis/trouble.js';
