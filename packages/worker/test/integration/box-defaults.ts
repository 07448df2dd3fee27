import { join } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';

/** The configuration of a test's box, unless the test says otherwise. */
export function defaults(home: string): BoxConfig {
  return {
    box: 'test',
    home,
    servers: join(home, 'servers'),
    backups: join(home, 'backups'),
    funpacks: [],
    logLevel: 'debug',
    // below those of outgoing connections
    ports: { first: 20_000 + Math.floor(Math.random() * 127) * 100, step: 1, count: 50 },
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
      firstBackoffMs: 20,
      maxBackoffMs: 200,
    },
    archives: { maxBytes: 1e9, maxEntries: 10_000, maxRatio: 100 },
    allowedHosts: [],
    version: '0',
  };
}
