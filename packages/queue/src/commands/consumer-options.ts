import type { RedisAddress } from '../redis/address.js';
import type { RedisConnection } from '../redis/connection.js';
import type { RedisContext } from '../redis/redis-context.js';
import type { RedisTroubles } from '../redis/troubles.js';
import type { Router } from '../routing/router.js';
import type { BoxState } from '../state/box-state.js';
import type { JobLocks } from '../jobs/job-locks.js';

/** The options of both consumers of commands. */
export interface ConsumerOptions extends RedisContext {
  /** A second connection, on which the list's consumer waits inside Redis for the next item. */
  readonly waiting: RedisConnection;
  /** Where BullMQ connects. It is asked again for each session, because a reload may change it. */
  readonly address: () => RedisAddress;
  readonly troubles: RedisTroubles;
  readonly locks: JobLocks;
  readonly router: Router;
  readonly boxState: BoxState;
}
