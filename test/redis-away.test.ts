import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Redis } from 'ioredis';
import { boxPaths, requestOnce } from '@pinky/protocol';
import { PrivateRedis } from '../packages/queue/test/support/private-redis';
import { assertBuilt, RealBox } from './box/real-box';
import { until } from '@pinky/protocol/testing';

/** A game that says as many numbered events as it is told to. */
const counter = `
let n = 0;
const say = (event) => process.stdout.write(JSON.stringify(event) + '\\n');
say({ event: 'started' });
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const [word, count] = line.split(' ');
  if (word === 'stop') process.exit(0);
  for (let left = Number(count); left > 0; left--) say({ event: 'info', n: ++n, filler: '.'.repeat(60) });
  require('node:fs').writeFileSync('said', String(n));
});
`;

interface Event {
  readonly id: string;
  readonly type: string;
  readonly server_id: string;
  readonly n?: number;
  readonly count?: number;
  readonly unsure?: number;
}

const sumOf = (events: readonly Event[], field: 'count' | 'unsure'): number =>
  events.reduce((sum, event) => sum + (event[field] ?? 0), 0);
/** How many events the workers have let go, by their log. */
const letGo = (log: string): number =>
  sumOf(
    log
      .split('\n')
      .filter((line) => line.includes('"events.lost"'))
      .map((line) => JSON.parse(line) as Event),
    'count',
  );

describe('a box whose Redis is away for a long time', () => {
  let redis: PrivateRedis;
  let client: Redis;
  let box: RealBox;

  beforeEach(async () => {
    assertBuilt();
    redis = new PrivateRedis();
    await redis.start();
    client = redis.client();
    box = new RealBox(
      `redis: ${redis.address}\nports: {first: 21400, step: 1, count: 60}\ncrash_loop: {limit: 2, ` +
        `first_backoff: 10ms, max_backoff: 20ms}\nevents: {unpublished_limit: 1 MiB}\n`,
    );
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
  });
  afterEach(async () => {
    await box.end();
    await redis.end();
  });

  function pack(name: string, run: string): string {
    const dir = box.file('packs', name);
    mkdirSync(`${dir}/bin`, { recursive: true });
    writeFileSync(`${dir}/funpack.json`, JSON.stringify({ name, version: '1', listens: false, stopTimeoutMs: 5_000 }));
    writeFileSync(`${dir}/game.cjs`, counter);
    writeFileSync(`${dir}/bin/run`, `#!/bin/sh\n${run}\n`);
    chmodSync(`${dir}/bin/run`, 0o755);
    return dir;
  }
  const counting = (): string => pack('counting', `exec node ${box.file('packs', 'counting', 'game.cjs')}`);

  /** Sends a command by the box's own socket, which needs no Redis. */
  const command = (name: string, data: object) =>
    requestOnce({ path: boxPaths(box.home).queueSocket }, 'command', { name, data }, { deadlineMs: 30_000 });

  async function say(serverId: string, count: number, total: number): Promise<void> {
    await command('console', { serverId, line: `go ${count}` });
    await until(`the game has said ${total}`, () => box.text(`servers/${serverId}/working/said`) === String(total));
  }

  /** All published events, oldest first. */
  const events = async (): Promise<Event[]> =>
    (await client.lrange('server:events', 0, -1)).toReversed().map((text) => JSON.parse(text) as Event);
  const numbersIn = (all: readonly Event[]): number[] => all.flatMap(({ n }) => n ?? []);

  it('counts the events that were lost beyond the limit, and publishes every other once and in order', async () => {
    await command('start', { serverId: 'one', funpack: counting() });
    await say('one', 100, 100);
    await until('they are published', async () => numbersIn(await events()).length === 100);
    await redis.kill('SIGTERM');
    for (let total = 5_100; total <= 25_100; total += 5_000) await say('one', 5_000, total);
    // The worker may be far behind the game. Lines that it has not read when Redis is back are never too much.
    await until('the worker has let go what is too much', () => letGo(box.text('log/workers.log')) > 10_000);
    await redis.start();
    await say('one', 100, 25_200);
    await until('the last one is published', async () => numbersIn(await events()).at(-1) === 25_200);

    const all = await events();
    const numbers = numbersIn(all);
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(numbers.every((n, at) => at === 0 || n > (numbers[at - 1] ?? 0))).toBe(true);
    expect(numbers.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    const lost = all.filter(({ type }) => type === 'events_lost');
    expect(lost.length).toBeGreaterThan(0);
    const missing = 25_200 - numbers.length;
    expect(missing).toBeGreaterThan(10_000);
    expect(sumOf(lost, 'count')).toBeLessThanOrEqual(missing);
    expect(sumOf(lost, 'count') + sumOf(lost, 'unsure')).toBeGreaterThanOrEqual(missing);
    // Nearly as much as the limit allows is kept, because an eighth is let go at a time.
    expect(numbers.length * 98).toBeGreaterThan(768 * 1024);
  });

  it('starts at the next up what is wanted up, without Redis, and publishes later what a drain could not', async () => {
    const failing = pack('failing', 'exit 3');
    await command('start', { serverId: 'one', funpack: counting() });
    const failed = ['f1', 'f2', 'f3', 'f4', 'f5'];
    await redis.kill('SIGTERM');
    await say('one', 50, 50);
    await Promise.all(
      failed.map((serverId) =>
        expect(command('start', { serverId, funpack: failing })).rejects.toMatchObject({ code: 'crash_loop' }),
      ),
    );
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    expect(readdirSync(box.servers).toSorted()).toEqual([...failed, 'one']);

    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    const explained = async () => (await box.pinky(['explain', 'one'])).answer;
    await until('it runs again', async () => (await explained()).state === 'up');
    expect(await explained()).toMatchObject({ wanted: 'up' });
    await redis.start();
    const left = (): string[] => readdirSync(box.servers).filter((name) => !name.startsWith('one'));
    await until('nothing is left of the others', () => left().length === 0);
    const typesOf = async (serverId: string): Promise<string[]> =>
      (await events()).filter(({ server_id }) => server_id === serverId).map(({ type }) => type);
    await until('its start is published', async () => (await typesOf('one')).at(-1) === 'started');
    const all = await events();
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    expect(numbersIn(all)).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
    for (const serverId of failed) {
      const types = await typesOf(serverId);
      expect(types.filter((type) => type === 'preparing')).toHaveLength(1);
      expect(types).toContain('crash_loop');
      expect([types.at(0), types.at(-1)]).toEqual(['preparing', 'stopped']);
    }
    const ofOne = (await typesOf('one')).filter((type) => ['preparing', 'stopped'].includes(type));
    expect(ofOne).toEqual(['preparing', 'stopped', 'preparing']);
    expect(readFileSync(box.file('log/workers.log'), 'utf8')).not.toContain('"fatal"');
  });
});
