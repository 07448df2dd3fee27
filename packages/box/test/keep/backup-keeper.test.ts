import { mkdirSync, mkdtempSync, rmdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoxConfig } from '@pinky/protocol';
import { FakeClock, until } from '@pinky/protocol/testing';
import { BackupKeeper } from '../../src/keep/backup-keeper.js';

const problem = { upload: { code: 'store_failed', message: 'it is down', since: 1 } };

describe('the keeper of backups', () => {
  const setUp = () => {
    const [clock, leaving, log] = [new FakeClock(), new AbortController(), [] as unknown[]];
    const seen = { mark: 'a', problems: {}, rounds: 0, store: 's3://one', tasks: [] as unknown[] };
    // It reads only these fields of a configuration, and calls only these methods of a logger.
    const config = () => ({
      home: '/home',
      servers: '/servers',
      backups: '/backups',
      allowedHosts: [],
      backup: { store: seen.store },
      aws: { accessKey: 'a', secretKey: 's' },
    }) as unknown as BoxConfig;
    const keeper = new BackupKeeper({
      config,
      clock,
      logger: { info: (one: unknown) => log.push(one), warn: (one: unknown) => log.push(one) } as never,
      mark: async () => seen.mark,
      maintain: async (task) => {
        seen.rounds += 1;
        seen.tasks.push(task);
        return { done: { upload: 0 }, waiting: {}, problems: seen.problems };
      },
    });
    const advance = async (ms: number): Promise<number> => {
      for (let left = ms; left > 0; left -= 5_000) await clock.advance(5_000);
      return seen.rounds;
    };
    return { clock, leaving, log, seen, advance, kept: keeper.keep(leaving.signal) };
  };

  it('has a round made soon after the start, soon after each change, and once an hour', async () => {
    const { advance, leaving, kept, seen, log } = setUp();
    expect(await advance(5_000)).toBe(1);
    expect(seen.tasks).toEqual([
      {
        type: 'maintain',
        home: '/home',
        servers: '/servers',
        backupsDir: '/backups',
        allowedHosts: [],
        store: 's3://one',
        s3: { region: 'us-east-1', isPathStyle: false, keys: { accessKey: 'a', secretKey: 's' } },
      },
    ]);
    expect(await advance(60_000)).toBe(1);
    seen.mark = 'b';
    expect(await advance(5_000)).toBe(2);
    expect(await advance(3_595_000)).toBe(2);
    expect(await advance(10_000)).toBe(3);
    expect(log).toEqual([]);
    leaving.abort();
    await kept;
  });

  it('asks a store that is down ever more seldom, and at once when the settings change', async () => {
    const { advance, leaving, kept, seen, log } = setUp();
    seen.problems = problem;
    expect(await advance(5_000)).toBe(1);
    seen.mark = 'b';
    expect(await advance(5_000)).toBe(1);
    expect(await advance(5_000)).toBe(2); // after 10 s
    expect(await advance(20_000)).toBe(3);
    expect(await advance(40_000)).toBe(4);
    expect(log.at(-1)).toEqual({ event: 'backups.waiting', problems: problem, servers: 0 });
    seen.store = 's3://another';
    seen.problems = {};
    expect(await advance(5_000)).toBe(5);
    expect(await advance(300_000)).toBe(5);
    leaving.abort();
    await kept;
  });

  it('looks again after a look that failed', async () => {
    const { advance, leaving, kept, seen, log } = setUp();
    const { mark } = seen;
    Object.defineProperty(seen, 'mark', { get: () => { throw new Error('no folder'); }, configurable: true });
    expect(await advance(5_000)).toBe(0);
    expect(log).toEqual([{ event: 'backups.not_looked_at', error: expect.stringContaining('no folder') }]);
    Object.defineProperty(seen, 'mark', { value: mark });
    expect(await advance(5_000)).toBe(1);
    leaving.abort();
    await kept;
  });

  it('takes its own locks and notes for no news, and a new archive for one', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pinky-keeper-'));
    const folder = join(dir, 'worlds/s1');
    mkdirSync(folder, { recursive: true });
    const [clock, leaving, log] = [new FakeClock(), new AbortController(), [] as unknown[]];
    let rounds = 0;
    const keeper = new BackupKeeper({
      // It reads only these fields of a configuration, and calls only these methods of a logger.
      config: () => ({ backups: dir, servers: join(dir, 'servers'), backup: {} }) as unknown as BoxConfig,
      clock,
      logger: { info: (one: unknown) => log.push(one), warn: (one: unknown) => log.push(one) } as never,
      maintain: async () => {
        rounds += 1;
        mkdirSync(join(folder, '.lock.lock'));
        rmdirSync(join(folder, '.lock.lock'));
        utimesSync(folder, rounds, rounds);
        return { done: { retain: 0 }, waiting: {}, problems: {} };
      },
    });
    const kept = keeper.keep(leaving.signal);
    const advance = async (ms: number): Promise<number> => {
      for (let left = ms; left > 0; left -= 5_000) {
        await clock.advance(5_000);
        await until('the keeper has looked', () => clock.sleeping === 1);
      }
      return rounds;
    };
    expect(await advance(50_000)).toBe(1);
    writeFileSync(join(folder, 's1.2.tar.lzo'), '');
    expect(await advance(50_000)).toBe(2);
    expect(log).toEqual([]);
    leaving.abort();
    await kept;
    rmSync(dir, { recursive: true });
  });

  it('ends at once when the box does', async () => {
    const { advance, leaving, kept } = setUp();
    await advance(5_000);
    leaving.abort();
    await kept;
  });
});
