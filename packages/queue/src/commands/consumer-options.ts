import type { RedisAddress } from '../redis/address.js';
import type { RedisConnection } from '../redis/connection.js';
import type { RedisContext } from '../redis/redis-context.js';
import type { RedisTroubles } from '../redis/troubles.js';
import type { BoxState } from '../state/box-state.js';
import type { JobLocks } from '../jobs/job-locks.js';
import type { CommandTargets } from './check-and-route.js';

/** The options of both consumers of commands. */
export interface ConsumerOptions extends RedisContext, CommandTargets {
  /** A second connection, on which the list's consumer waits inside Redis for the next item. */
  readonly waiting: RedisConnection;
  /** Where BullMQ connects. It is asked again for each session, because a reload may change it. */
  readonly address: () => RedisAddress;
  readonly troubles: RedisTroubles;
  readonly locks: JobLocks;
  readonly boxState: BoxState;
}
