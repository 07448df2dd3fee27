export type {
  AnyServerEvent, CommandResult, JobData, JobDataByName, ServerEventMessage, StartData,
} from '@pinky/protocol';
export { BoxQueue, type BoxQueueOptions, type Drained } from './box-queue.js';
export { failureText, parseFailure } from './commands/failure.js';
export { examineRedis } from './examine/examine-redis.js';
export type { RedisCheck } from './examine/redis-check.js';
export { QueueProgram, type QueueProgramOptions } from './program/queue-program.js';
export { parseRedisAddress, redisOptions, withoutSecrets, type RedisAddress } from './redis/address.js';
export type { RedisTrouble } from './redis/trouble.js';
export type { RedisReport } from './redis-side.js';
export type { ServerUsage } from './usage/usage-sampler.js';
