import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisDamageFile, type BoxConfig, type RedisDamage } from '@pinky/protocol';
import { checkRedisData } from '../../src/doctor/redis';
import { damageNotes, openRedisNotes, ownRedisRow, redisNotes } from '../../src/observe/redis-row';

const hour = 3_600_000;

describe('damage to the data of the private Redis', () => {
  const home = mkdtempSync(join(tmpdir(), 'redis-row-'));
  const copy = join(home, 'redis', 'appendonly.aof.1.incr.aof.damaged');
  // Only these two fields are read.
  const config = { home } as BoxConfig;
  const running = { role: 'redis-server', state: 'running' };
  const stuck = { since: 1, because: 'the base is gone', remedy: 'bring it back' };
  const cut = { at: 0, file: '/data', bytes: 4096, keptBytes: 2048, copy };
  const found = (damage: Omit<RedisDamage, 'version'>): void =>
    writeFileSync(redisDamageFile(home), JSON.stringify({ version: 1, ...damage }));

  beforeAll(() => mkdirSync(join(home, 'redis')));
  afterAll(() => rmSync(home, { recursive: true }));

  it('is told by ps while Redis cannot be started, and by doctor with the remedy', () => {
    found({ stuck });
    expect(damageNotes(config, [])).toEqual([
      'redis-server does not start: the base is gone; bring it back. Games keep running',
    ]);
    expect(checkRedisData(config, [{ role: 'redis', state: 'backingOff' }])).toMatchObject([
      { level: 'bad', found: 'redis-server does not start: the base is gone' },
    ]);
    expect(damageNotes(config, [running])).toEqual([]);
    expect(checkRedisData(config, [{ role: 'redis', state: 'running' }])).toEqual([]);
  });

  it('that was cut off is told by ps for a day, and by doctor while the copy is there', () => {
    found({ cut });
    writeFileSync(copy, '');
    expect(damageNotes(config, [running], 2 * hour)).toEqual([
      expect.stringMatching(/^2h.* ago Redis could not read the end of \/data.*: 4096 bytes were cut off/),
    ]);
    expect(damageNotes(config, [running], 25 * hour)).toEqual([]);
    expect(checkRedisData(config, [])).toMatchObject([{ level: 'odd', fix: expect.stringContaining(`rm ${copy}`) }]);
    rmSync(copy);
    expect(checkRedisData(config, [])).toEqual([]);
  });

  it('is no matter of a box with a Redis of its own', () => {
    found({ stuck, cut });
    const own = { home, redis: 'redis://elsewhere' } as BoxConfig;
    expect([damageNotes(own, [], hour), checkRedisData(own, [])]).toEqual([[], []]);
  });
});

describe('a Redis of your own that refuses the queue', () => {
  const because = 'OOM command not allowed';
  const remedy = 'raise `maxmemory`';
  const report = { state: 'refusing', because, troubles: [{ kind: 'full', because, remedy }] } as const;

  it('is not said to be away', () => {
    const config = { redis: 'redis://own' } as BoxConfig; // only this field is read
    expect(ownRedisRow(config, report)).toEqual([{ role: 'redis (your own)', state: 'refusing' }]);
    expect(redisNotes('7', report)).toEqual([
      `Redis refuses what the box needs: ${because}; ${remedy}. Games keep running`,
    ]);
  });
});

describe('a box that somebody has set down in Redis', () => {
  it('is told, with what to do', () => {
    expect(redisNotes('7', { state: 'connected', troubles: [], isSetDown: true })).toEqual([
      expect.stringMatching(/box_down.*set `pinky:7:state` to up/),
    ]);
  });
});

describe('a Redis whose Sentinels are silent', () => {
  it('is told, with their addresses, while the connection works', () => {
    const report = { state: 'connected', troubles: [], silentSentinels: ['a:26379', 'b:26379'] } as const;
    expect(ownRedisRow({ redis: 'redis+sentinel://a,b/games' } as BoxConfig, report)).toEqual([ // it reads only this
      { role: 'redis (your own)', state: 'connected' },
    ]);
    expect(redisNotes('7', report)).toEqual([
      expect.stringMatching(/^the Sentinels a:26379, b:26379 do not answer: .*The connection to Redis works$/),
    ]);
  });
});

describe('a Redis of your own without a password', () => {
  const users = { first: 65_536, count: 10 };
  const notes = (redis: string, kind: 'none' | 'strict', isGuarded: boolean) =>
    // Only these fields are read.
    openRedisNotes({ redis, isolation: { kind, users, visible: [] } } as unknown as BoxConfig, isGuarded);

  it('is told, unless games are kept off its port', () => {
    expect(notes('tcp:127.0.0.1:6379', 'none', true)).toEqual([expect.stringContaining('changed by every game')]);
    expect(notes('tcp:127.0.0.1:6379', 'strict', false)).toEqual([expect.stringContaining('or install nftables')]);
    expect(notes('tcp:127.0.0.1:6379', 'strict', true)).toEqual([]);
  });

  it('is no matter where there is a password, or a socket that no game sees', () => {
    expect(notes('redis://:secret@127.0.0.1:6379', 'none', false)).toEqual([]);
    expect(notes('/run/redis.sock', 'none', false)).toEqual([]);
  });
});
