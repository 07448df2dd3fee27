import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { until } from '@pinky/protocol/testing';
import { Producer } from './box/producer';
import { assertBuilt, RealBox } from './box/real-box';

/** A game that says what it is told: what is published of its players, and who is meant by an order. */
describe('the players of a game', () => {
  const box = new RealBox('api:\n  address: 127.0.0.1:0\nports:\n  first: 22490\n  step: 1\n  count: 5\n');
  const game = box.file('echo');
  let producer: Producer;
  let redis: Redis;

  beforeAll(async () => {
    assertBuilt();
    mkdirSync(box.file('echo', 'bin'), { recursive: true });
    const manifest = { name: 'echo', version: '1', orders: 'json' };
    writeFileSync(box.file('echo', 'funpack.json'), JSON.stringify(manifest));
    const run = '#!/bin/sh\necho \'{"event":"started"}\'\nexec tee heard\n';
    writeFileSync(box.file('echo', 'bin', 'run'), run, { mode: 0o755 });
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    expect(await box.pinky(['start', 'one', '--funpack', game])).toMatchObject({ code: 0 });
    const { redisPassword } = JSON.parse(readFileSync(box.file('effective.json'), 'utf8')) as { redisPassword: string };
    redis = new Redis({ path: box.file('redis', 'redis.sock'), password: redisPassword });
    redis.on('error', () => undefined); // Redis ends with the box
    producer = new Producer(box.home);
  });
  afterAll(async () => {
    redis.disconnect();
    await producer.end();
    await box.end();
  });

  const say = async (line: string): Promise<void> => {
    expect(await producer.job('console', { serverId: 'one', line })).toMatchObject({ ok: { serverId: 'one' } });
  };
  /** Everything that is published of players, as `<type> <user> <user_id>`. */
  const published = async (): Promise<readonly string[]> => (await redis.lrange('server:events', 0, -1)).toReversed()
    .map((json) => JSON.parse(json) as Record<string, string>)
    .filter(({ type }) => type?.startsWith('player_') || type === 'chat')
    .map(({ type, user, user_id }) => [type, user, JSON.stringify(user_id)].join(' '));
  /** The orders that the game has heard. */
  const told = (): readonly unknown[] =>
    box.text('servers', 'one', 'working', 'heard').split('\n').filter((line) => line.startsWith('{"order"'))
      .map((line) => JSON.parse(line) as unknown);

  it('come in once and go out once, each with one number, and are what the key holds', async () => {
    const lines = [
      '{"event":"player_connected","user":"A","id":"i1"}',
      '{"event":"player_connected","user":"A","id":"i2"}',
      '{"event":"player_disconnected","user":"A","id":"i1"}', // the end of the first session is told late
      '{"event":"player_connected","user":"B","id":1e400}',
      '{"event":"player_connected","user":"C","id":7}',
      '{"event":"player_renamed","old_user":"A","user":"C"}',
      '{"event":"chat","user":"C","message":"still here"}',
    ];
    for (const line of lines) await say(line);
    await until('all is published', async () => (await published()).at(-1)?.startsWith('chat'));
    expect(await published()).toEqual([
      'player_connected A "i1"',
      'player_disconnected A "i1"',
      'player_connected A "i2"',
      'player_connected B "1e400"',
      'player_connected C 7',
      'player_disconnected C 7',
      'player_renamed C "i2"',
      'chat C "i2"',
    ]);
    await until('the key has them', async () =>
      (await redis.smembers('server:one:players')).toSorted().join() === 'B,C');
    const { answer } = await box.pinky(['explain', 'one']);
    expect(answer.faults).toEqual({
      'player_disconnected with a user_id that the player of that name does not have': 1,
    });
  });

  it('are meant by their number in a job, an item of the list, the API and the command alike', async () => {
    await say('{"event":"player_connected","user":"D","id":8}');
    await until('D is connected', async () => (await redis.smembers('server:one:players')).includes('D'));
    const message = 'hi';
    for (const data of [{ userId: 8 }, { userId: '8' }, { user_id: 8, user: 'D' }, { userId: 'D' }])
      expect(await producer.job('tell', { serverId: 'one', message, ...data })).toMatchObject({ ok: {} });
    const item = { name: 'kick', serverId: 'one', userId: 8 };
    expect(await producer.items([JSON.stringify(item)])).toEqual([undefined]);
    expect(await box.pinky(['tell', 'one', '8', message])).toMatchObject({ code: 0 });
    expect(await post('/v1/servers/one/kick', { userId: 8 })).toMatchObject({ serverId: 'one', state: 'up' });
    await until('the game has heard all', () => told().length >= 7); // an order is answered once it is in its pipe
    expect(told()).toEqual([
      ...Array<unknown>(4).fill({ order: 'tell', user: 'D', message, id: 8 }),
      { order: 'kick', user: 'D', message: '', id: 8 },
      { order: 'tell', user: 'D', message, id: 8 },
      { order: 'kick', user: 'D', message: '', id: 8 },
    ]);
  });

  it.each([
    ['somebody else', { user: 'C', userId: 'i1' }, 'no_such_player'],
    ['nobody', { userId: 99 }, 'no_such_player'],
    ['a number that has lost digits', { userId: 76_561_198_012_345_680 }, 'bad_command'],
  ])('are not meant by the number of %s', async (_whose, data, code) => {
    const before = told().length;
    expect(await producer.job('kick', { serverId: 'one', ...data })).toEqual({ code });
    expect(told()).toHaveLength(before);
  });

  /** Asks the API for a change, and waits for the answer. */
  async function post(path: string, body: object): Promise<unknown> {
    const url = await until('the API listens', async () =>
      (await box.pinky(['api', 'address'])).answer.url as string | undefined);
    const { token } = (await box.pinky(['token', 'create', 'test', '--allow', 'admin'])).answer as { token: string };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'wait=60' };
    const missing = await fetch(`${url}${path}`, { method: 'POST', headers, body: '{}' });
    expect(missing.status).toBe(400);
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return answer.json();
  }
});
