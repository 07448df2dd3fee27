import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { boxPaths, redisKeys } from '@pinky/protocol';
import { claimName, releaseName, type ClaimMode, type Verdict } from '../../src/owner/claim.js';
import { FencedScript } from '../../src/owner/fenced-script.js';
import type { HomeInstance } from '../../src/owner/home-instance.js';
import { PrivateRedis } from '../support/private-redis.js';

const redis = new PrivateRedis();
const keys = redisKeys('1');
let client: Redis;

const home = (identity: string, bootId = 'boot-a', more = ''): HomeInstance => ({
  identity,
  host: `host-of-${identity}`,
  home: `/home-of-${identity}`,
  bootId,
  place: `${bootId}/${identity}${more}`,
});
const claim = (who: HomeInstance, mode: ClaimMode = 'claim', heartbeatLifeMs = 30_000): Promise<Verdict> =>
  claimName(client, keys, who, { mode, heartbeatLifeMs });
const claimOf = (verdict: Verdict): string => {
  if (verdict.type !== 'ours') throw new Error(`not ours: ${JSON.stringify(verdict)}`);
  return verdict.claim;
};
const epochOf = (verdict: Verdict): number => Number(claimOf(verdict).split('-')[0]);
/** The heartbeat of a version that writes no owner. */
const unnamedBeat = (): Promise<unknown> =>
  client.set(keys.heartbeat, '{"freeDiskMb":1,"version":"0.1.0"}', 'PX', 30_000);
const heartStops = (): Promise<unknown> => client.del(keys.heartbeat);

beforeAll(async () => {
  await redis.start();
  client = redis.client();
});
beforeEach(() => client.flushall());
afterAll(() => redis.end());

it('gives a free name to the first, and counts each further claim of the same home', async () => {
  expect(epochOf(await claim(home('a')))).toBe(1);
  expect(epochOf(await claim(home('a')))).toBe(2);
  expect(await client.hgetall(keys.owner)).toMatchObject({
    identity: 'a',
    host: 'host-of-a',
    boot: 'boot-a',
    epoch: '2',
  });
  expect(JSON.parse((await client.get(keys.heartbeat)) ?? '')).toEqual({ ...home('a'), epoch: 2 });
  expect(await client.pttl(keys.heartbeat)).toBeGreaterThan(25_000);
});

it('lets exactly one of many have a free name', async () => {
  const verdicts = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(home(`home-${n}`))));
  expect(verdicts.filter(({ type }) => type === 'ours')).toHaveLength(1);
});

it('refuses another home while the owner lives, with its host', async () => {
  await claim(home('a'));
  expect(await claim(home('b'))).toMatchObject({
    type: 'taken',
    by: { kind: 'lives', host: 'host-of-a', home: '/home-of-a' },
  });
  expect(await claim(home('b'), 'inherit')).toMatchObject({ type: 'taken', by: { kind: 'lives' } });
});

it('waits for the last heartbeat of the same home on a machine that was started again', async () => {
  const [earlier, later] = [home('a', 'boot-a', ':1:7'), home('a', 'boot-b', ':2:7')]; // its disk has another number
  await claim(earlier);
  const verdict = await claim(later);
  expect(verdict).toMatchObject({ type: 'taken', by: { kind: 'earlier', host: 'host-of-a' } });
  expect(verdict.type === 'taken' && verdict.by.livesForMs).toBeGreaterThan(25_000);
  await heartStops();
  expect(epochOf(await claim(later))).toBe(2);
});

it('refuses a copy of the home, alive or not, until the name was given back or an operator says so', async () => {
  const [original, copy] = [home('a', 'boot-a', ':1:7'), { ...home('a', 'boot-a', ':1:8'), home: '/copy' }];
  for (const host of [original.host, 'another-host']) {
    await client.flushall();
    const dir = mkdtempSync(join(tmpdir(), 'pinky-original-'));
    writeFileSync(boxPaths(dir).identity, 'a');
    const held = claimOf(await claim({ ...original, home: dir }));
    const other = { ...copy, host };
    const refusal = { type: 'taken', by: { kind: 'copy', host: original.host, home: dir } };
    expect(await claim(other)).toMatchObject(refusal);
    await heartStops();
    for (const mode of ['claim', 'inherit', 'look'] as const) expect(await claim(other, mode)).toMatchObject(refusal);
    rmSync(dir, { recursive: true }); // it was moved to another file system, if that is the same machine
    if (host === original.host) expect(await claim(other, 'look')).toEqual({ type: 'free' });
    else expect(await claim(other)).toMatchObject(refusal);
    if (host === original.host) expect(epochOf(await claim(other))).toBe(2);
    else expect(epochOf(await claim(other, 'takeOver'))).toBe(2);
    expect(await releaseName(client, keys, held)).toBe(false);
    expect(await claim({ ...original, home: dir })).toMatchObject({ type: 'taken', by: { home: '/copy' } });
  }
});

it('gives the name to a home whose files were put back at the same path, once its last heartbeat is over', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-put-back-'));
  const [before, after] = ([':1:7', ':1:8'] as const).map((inode) => ({ ...home('a', 'boot-a', inode), home: dir }));
  writeFileSync(boxPaths(dir).identity, 'a');
  await claim(before!);
  for (const mode of ['claim', 'look'] as const) {
    expect(await claim(after!, mode)).toMatchObject({ type: 'taken', by: { kind: 'earlier', home: dir } });
  }
  await heartStops();
  expect(await claim(after!, 'look')).toEqual({ type: 'free' });
  expect(epochOf(await claim(after!))).toBe(2);
  rmSync(dir, { recursive: true });
});

it('keeps the name for a home whose heartbeat has stopped, until it gives the name back', async () => {
  const held = claimOf(await claim(home('a')));
  await heartStops();
  expect(await claim(home('b'))).toMatchObject({ type: 'taken', by: { kind: 'gone', host: 'host-of-a' } });
  expect(await releaseName(client, keys, held)).toBe(true);
  expect(epochOf(await claim(home('b')))).toBe(2);
});

it('gives a name back at once, and only by the claim that holds it', async () => {
  const first = claimOf(await claim(home('a')));
  const second = claimOf(await claim(home('a')));
  expect(await releaseName(client, keys, first)).toBe(false);
  expect((await claim(home('b'))).type).toBe('taken');
  expect(await releaseName(client, keys, second)).toBe(true);
  expect((await claim(home('b'))).type).toBe('ours');
  expect(await releaseName(client, keys, second)).toBe(false);
});

it('leaves the name to a version that writes no owner, unless that version runs in this home', async () => {
  await unnamedBeat();
  expect(await claim(home('a'))).toMatchObject({ type: 'taken', by: { kind: 'unnamed' } });
  expect((await claim(home('a'), 'inherit')).type).toBe('ours');
  await unnamedBeat();
  expect((await claim(home('a'))).type).toBe('ours'); // the old queue beats until it is replaced
  expect(JSON.parse((await client.get(keys.heartbeat)) ?? '')).toMatchObject({ freeDiskMb: 1, version: '0.1.0' });
});

it('takes the name over from a machine that an operator knows to be gone', async () => {
  await claim(home('a'));
  expect(epochOf(await claim(home('b'), 'takeOver'))).toBe(2);
  expect(await claim(home('a'))).toMatchObject({ type: 'taken', by: { kind: 'lives', host: 'host-of-b' } });
});

it('only looks', async () => {
  expect(await claim(home('a'), 'look')).toEqual({ type: 'free' });
  expect(await client.keys('*')).toEqual([]);
  await claim(home('a'));
  const before = await client.hgetall(keys.owner);
  expect(await claim(home('b'), 'look')).toMatchObject({ type: 'taken', by: { kind: 'lives' } });
  expect(await client.hgetall(keys.owner)).toEqual(before);
});

const strange = ['not JSON', '7', '[]', '{"identity":7}', 'null'];
it.each(strange)('takes a heartbeat that is %s for a stranger\'s', async (beat) => {
  await client.set(keys.heartbeat, beat, 'PX', 30_000);
  expect(await claim(home('a'))).toMatchObject({ type: 'taken', by: { kind: 'unnamed' } });
});

it('runs a fenced script for the present claim, and for no earlier one', async () => {
  const script = new FencedScript(`return { #KEYS, #ARGV, redis.call('INCR', KEYS[1]) }`);
  const run = (held: string): Promise<unknown> =>
    script.run({ client, fence: { key: keys.owner, claim: held } }, ['count'], ['x', 'y']);
  const first = claimOf(await claim(home('a')));
  expect(await run(first)).toEqual([1, 2, 1]);
  const second = claimOf(await claim(home('a')));
  await expect(run(first)).rejects.toThrow('NOTOWNER');
  expect(await run(second)).toEqual([1, 2, 2]);
  await client.flushall(); // a Redis that has lost everything knows no claim
  await expect(run(second)).rejects.toThrow('NOTOWNER');
});
