import { join } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';

/** The configuration of a box in a folder: a crash loop at the fifth crash, pauses from a second to ten. */
export const configOf = (home: string): BoxConfig => ({
  box: 'test',
  home,
  servers: join(home, 'servers'),
  backups: join(home, 'backups'),
  funpacks: [],
  logLevel: 'debug',
  ports: { first: 10_000, step: 100, count: 3 },
  backup: { intervalMs: 900_000, keep: 10 },
  events: { cap: 100_000 },
  heartbeatIntervalMs: 10_000,
  worker: {
    heartbeatIntervalMs: 1_000,
    heartbeatTimeoutMs: 180_000,
    gracefulKillTimeoutMs: 600_000,
    immediateKillTimeoutMs: 10_000,
  },
  crashLoop: {
    limit: 4.5,
    halfLifeMs: 600_000,
    firstBackoffMs: 1_000,
    maxBackoffMs: 10_000,
  },
  archives: { maxBytes: 1e9, maxEntries: 10_000, maxRatio: 100 },
  allowedHosts: [],
  version: '0',
});
