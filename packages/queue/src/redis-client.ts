/** For programs that ask the box's Redis beside the queue. It loads no BullMQ. */
export { redisOptions, withoutSecrets } from './redis/address.js';
export { connectDeadlineMs, RedisClient } from './redis/client.js';
export { troubleOf } from './redis/trouble.js';
export { within } from './redis/within.js';
