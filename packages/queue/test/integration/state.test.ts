import { boxPaths, openPeer, systemClock, type Clock } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import type { FakeWorker, FakeWorkerOptions } from '../support/fake-worker.js';
import { homeInstance } from '../../src/owner/home-instance.js';
import { queueSetup } from '../support/queue-setup.js';

const setup = queueSetup();
const { keys, redis } = setup;

const worker = async (serverId: string, more?: Partial<FakeWorkerOptions>): Promise<FakeWorker> => {
  const made = setup.worker(serverId, more);
  await made.until(() => made.peer !== undefined);
  return made;
};

/** A clock on which every pause is short: these tests are about what happens, not about when. */
const hurried: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 200), signal),
  rest: (ms, signal) => systemClock.rest(Math.min(ms, 200), signal),
  after: (ms, action) => systemClock.after(Math.min(ms, 200), action),
};

it('writes state, players and process of a server, and removes them when it is down', async () => {
  const { box, client } = setup;
  await box.startQueue();
  const game = await worker('a', { state: 'preparing', pid: 4711 });
  await until('it is starting', async () => (await client.get(keys.serverState('a'))) === 'starting');
  game.say({ state: 'up', players: ['ann', 'bob'] });
  await until('both players are in', async () => (await client.scard(keys.players('a'))) === 2);
  expect(await client.get(keys.serverState('a'))).toBe('up');
  expect(JSON.parse((await client.get(keys.server('a'))) ?? '')).toEqual({ pid: 4711, port: 10_000 });
  game.say({ players: ['bob', 'cyd'] });
  const players = async (): Promise<string> => (await client.smembers(keys.players('a'))).toSorted().join();
  await until('the players have changed', async () => (await players()) === 'bob,cyd');
  game.say({ state: 'down', players: [] });
  const all = [keys.serverState('a'), keys.players('a'), keys.server('a')];
  await until('its keys are gone', async () => (await client.exists(...all)) === 0);
});

it('writes everything again after Redis has lost it', async () => {
  const { box, client } = setup;
  await box.startQueue();
  await worker('a', { players: ['ann'] });
  await until('it is up', async () => (await client.get(keys.serverState('a'))) === 'up');
  await client.flushall();
  await redis.kill('SIGTERM');
  await redis.start();
  const all = [keys.serverState('a'), keys.players('a'), keys.server('a'), keys.boxState, keys.heartbeat];
  await until('everything is there again', async () => (await client.exists(...all)) === all.length);
});

it('removes keys of servers that no worker knows, and leaves those of other boxes alone', async () => {
  const { box, client } = setup;
  await client.set(keys.server('ghost'), '{"pid":1,"port":2}');
  await client.set(keys.serverState('ghost'), 'up');
  await client.sadd(keys.players('ghost'), 'x');
  await client.set('pinky:2:servers:other', '{}');
  await client.set(keys.serverState('other'), 'up');
  await box.startQueue(hurried);
  await worker('a');
  const ghosts = [keys.server('ghost'), keys.serverState('ghost'), keys.players('ghost')];
  await until('the keys are gone', async () => (await client.exists(...ghosts)) === 0);
  expect(await client.get(keys.serverState('other'))).toBe('up');
  expect(await client.get(keys.serverState('a'))).toBe('up');
});

it('removes the keys of a server whose worker went for good without a word', async () => {
  const { box, client } = setup;
  await box.startQueue(hurried);
  const game = await worker('a');
  await until('it has keys', async () => (await client.exists(keys.serverState('a'))) === 1);
  game.kill();
  await until('its keys are gone', async () => (await client.exists(keys.serverState('a'), keys.server('a'))) === 0);
});

it('beats with figures of the machine, and the beat expires', async () => {
  const { box, client } = setup;
  await box.startQueue();
  await until('there is a beat', async () => (await client.get(keys.heartbeat))?.includes('freeDiskMb'));
  const beat = JSON.parse((await client.get(keys.heartbeat)) ?? '') as Record<string, unknown>;
  expect(beat).toEqual({
    freeDiskMb: expect.any(Number),
    freeRamMb: expect.any(Number),
    idleCpu: expect.any(Number),
    servers: 0,
    version: '0.1.0',
    ...homeInstance(box.home),
    epoch: 1,
  });
  expect(Number(beat['freeDiskMb'])).toBeGreaterThan(0);
  expect(Number(beat['freeRamMb'])).toBeGreaterThan(0);
  expect(await client.pttl(keys.heartbeat)).toBeGreaterThan(20_000);
});

it('writes up, stopping and down of the box, and keeps a down that somebody set while Redis restarted', async () => {
  const { box, client } = setup;
  const queue = await box.startQueue();
  await until('the box is up', async () => (await client.get(keys.boxState)) === 'up');
  await client.set(keys.boxState, 'down');
  await redis.kill('SIGTERM');
  await redis.start();
  await until('Redis is back', () => box.log.some((record) => record.event === 'redis.back'));
  await until('there is a beat', async () => (await client.exists(keys.heartbeat)) === 1);
  expect(await client.get(keys.boxState)).toBe('down');
  await queue.drain(1_000);
  // This connection may have returned after the one that said so.
  await until('the box is stopping', async () => (await client.get(keys.boxState)) === 'stopping');
  await queue.stop({ down: true });
  expect(await client.get(keys.boxState)).toBe('down');
});

it('says that somebody has set the box down by hand, and that it is up again', async () => {
  const { box, client } = setup;
  await box.startQueue();
  const cli = await openPeer({ path: boxPaths(box.home).queueSocket }, {});
  const report = (): Promise<unknown> => cli.request('redis', {}, { deadlineMs: 10_000 });
  await until('the box is up', async () => (await client.get(keys.boxState)) === 'up');
  expect(await report()).toEqual({ state: 'connected', troubles: [] });
  await client.set(keys.boxState, 'down');
  expect(await report()).toEqual({ state: 'connected', troubles: [], isSetDown: true });
  await client.set(keys.boxState, 'up');
  expect(await report()).toEqual({ state: 'connected', troubles: [] });
  cli.destroy();
});
