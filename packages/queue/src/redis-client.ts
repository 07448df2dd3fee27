/** For programs that ask the box's Redis beside the queue. It loads no BullMQ. */
export { redisOptions, withoutSecrets, type RedisAddress } from './redis/address.js';
export { openClient, type RedisClient } from './redis/client.js';
export { RedisConnection } from './redis/connection.js';
export { RedisTroubles } from './redis/troubles.js';
export { troubleOf } from './redis/trouble.js';
export { FencedScript, type Fence, type FencedClient } from './owner/fenced-script.js';
