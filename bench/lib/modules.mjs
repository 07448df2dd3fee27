import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The root of the tree. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** BullMQ, ioredis and the protocol are those that the queue itself uses. */
export const load = createRequire(`${root}packages/queue/package.json`);

/** pidusage is the one that `pinky ps` uses. */
export const pidusage = createRequire(`${root}packages/cli/package.json`)('pidusage');
