import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The root of the tree. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Loads BullMQ, ioredis and the protocol as the queue itself does. */
export const load = createRequire(`${root}packages/queue/package.json`);

/** pidusage is the one that `pinky ps` uses. */
export const pidusage = createRequire(`${root}packages/cli/package.json`)('pidusage');
