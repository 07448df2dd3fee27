import type { Clock, Logger, RedisKeys } from '@pinky/protocol';
import type { RedisConnection } from './connection.js';

/** Every part of the queue that needs Redis is given this. */
export interface RedisContext {
  readonly redis: RedisConnection;
  readonly keys: RedisKeys;
  readonly logger: Logger;
  readonly clock: Clock;
}
