import type { BoxConfig } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { CacheKeeper } from '../../src/keep/cache-keeper.js';

describe('the keeper of the cache', () => {
  const setUp = (prune: () => Promise<{ removed: string[]; freedBytes: number }>) => {
    const [clock, leaving, log] = [new FakeClock(), new AbortController(), [] as unknown[]];
    const note = (record: unknown): void => void log.push(record);
    // It reads only these fields of a configuration, and calls only these methods of a logger.
    const config = {
      home: '/home',
      servers: '/servers',
      cache: { unusedForMs: 1, unusedBytes: 2 },
    } as unknown as BoxConfig;
    const tasks: unknown[] = [];
    const keeper = new CacheKeeper({
      config: () => config,
      clock,
      logger: { info: note, warn: note } as never,
      prune: (task) => {
        tasks.push(task);
        return prune();
      },
    });
    return { clock, leaving, log, tasks, kept: keeper.keep(leaving.signal) };
  };

  it('prunes a minute after the start and then every hour, and logs what it removed', async () => {
    const { clock, leaving, log, tasks, kept } = setUp(async () => ({ removed: ['abc'], freedBytes: 7 }));
    await clock.advance(60_000);
    expect(tasks).toEqual([
      {
        type: 'prune',
        cacheDir: '/home/cache',
        definitions: '/home/definitions',
        servers: '/servers',
        unusedForMs: 1,
        unusedBytes: 2,
      },
    ]);
    await clock.advance(3_600_000);
    expect(tasks).toHaveLength(2);
    expect(log[0]).toEqual({ event: 'cache.pruned', removed: ['abc'], freedBytes: 7 });
    leaving.abort();
    await kept;
  });

  it('goes on after a round that failed', async () => {
    const { clock, leaving, log, tasks, kept } = setUp(async () => { throw new Error('the disk is gone'); });
    await clock.advance(60_000);
    await clock.advance(3_600_000);
    expect([tasks.length, log.length]).toEqual([2, 2]);
    leaving.abort();
    await kept;
  });
});
