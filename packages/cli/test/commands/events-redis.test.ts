import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { runInNewContext } from 'node:vm';
import { Queue, Worker } from 'bullmq';
import { boxPaths, redisKeys } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { loadConfig } from '@pinky/box/config';
import { writeEffectiveConfig } from '@pinky/box/home';
import { PrivateRedis } from '../../../queue/test/support/private-redis.js';
import { cli, startCli } from '../cli-run.js';
import { TalkingBox } from '../talking-box.js';

const event = (n: number): string => JSON.stringify({ event: 'server_event', type: 'chat', id: `s1:r1:${n}` });

describe('pinky events and redis', () => {
  let box: TalkingBox;
  let redis: PrivateRedis;
  beforeEach(async () => {
    box = new TalkingBox();
    redis = new PrivateRedis();
    await redis.start();
    writeEffectiveConfig(loadConfig({ home: box.home, env: {}, overrides: { redis: redis.address } }));
  });
  afterEach(async () => {
    await box.remove();
    await redis.end();
  });

  const push = async (...numbers: number[]): Promise<void> => {
    for (const n of numbers) await redis.client().lpush(redisKeys('1').events, event(n));
  };
  const publish = (...numbers: number[]): void => {
    for (const n of numbers) for (const peer of box.queue?.peers ?? []) peer.send({ type: 'feed', json: event(n) });
  };

  it('prints the newest, oldest first', async () => {
    await push(1, 2, 3);
    expect(await cli(['events', '-n', '2', '--home', box.home])).toEqual({
      code: 0,
      out: `${event(2)}\n${event(3)}\n`,
      err: '',
    });
  });

  it('leaves out the events of another box on the same Redis', async () => {
    const other = JSON.stringify({ event: 'server_event', type: 'chat', pinky_id: 'other', id: 's9:r1:1' });
    await push(1);
    await redis.client().lpush(redisKeys('1').events, ...Array<string>(1500).fill(other));
    expect((await cli(['events', '-n', '2', '--home', box.home])).out).toBe(`${event(1)}\n`);
  });

  it('goes on with events that the queue publishes, and prints each once', async () => {
    await push(1, 2);
    await box.listenAsQueue({ subscribe: () => {
      setImmediate(() => publish(2, 3)); // 2 is in Redis already: it must not come twice
      return {};
    } });
    const following = startCli(['events', '-f', '--home', box.home]);
    await following.untilOut(event(3));
    publish(4);
    await following.untilOut(event(4));
    following.interrupt();
    expect(await following.done).toBe(0);
    expect(following.out()).toBe([1, 2, 3, 4].map((n) => `${event(n)}\n`).join(''));
  });

  it('comes back when the queue restarts, and fills the gap from Redis', async () => {
    await push(1);
    await box.listenAsQueue({ subscribe: () => ({}) });
    const following = startCli(['events', '-f', '--home', box.home]);
    await following.untilOut(event(1));
    await box.queue?.stop();
    await push(2, 3);
    await box.listenAsQueue({ subscribe: () => ({}) });
    await following.untilOut(event(3));
    following.interrupt();
    await following.done;
    expect(following.out()).toBe([1, 2, 3].map((n) => `${event(n)}\n`).join(''));
  });

  it('follows while Redis is away, and says that older events are missing', async () => {
    await redis.kill();
    await box.listenAsQueue({ subscribe: () => ({}) });
    const following = startCli(['events', '-f', '--home', box.home]);
    await until('it says so', () => following.err().includes('older events are not shown'));
    publish(7);
    await following.untilOut(event(7));
    following.interrupt();
    expect(await following.done).toBe(0);
  });

  it('says soon that Redis does not answer, without its password', async () => {
    await redis.kill();
    const { code, err } = await cli(['events', '--home', box.home]);
    expect([code, err]).toEqual([4, expect.stringContaining('pinky: redis_unavailable: ')]);
    expect(err).not.toContain(redis.password);
  });

  it('prints an example that runs as printed, and no password', async () => {
    const { out } = await cli(['redis', '--home', box.home]);
    expect(out).not.toContain(redis.password);
    const example = out.slice(out.indexOf('  const {')).replaceAll(/^ {2}/gm, '');
    expect(example.trim().split('\n')).toHaveLength(5);
    const connection = { path: redis.socket, password: redis.password };
    const worker = new Worker('pinky-1', async (job) => ({ name: job.name, got: job.data.serverId }), { connection });
    try {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', example], {
        cwd: resolve(__dirname, '../..'),
      });
      expect([stdout, stderr]).toEqual(["{ name: 'start', got: 'first' }\n", '']);
    } finally {
      await worker.close();
      await new Queue('pinky-1', { connection }).close();
    }
  });

  it('prints queue, list and address for programs', async () => {
    expect(JSON.parse((await cli(['redis', '--json', '--home', box.home])).out)).toMatchObject({
      url: `unix://${redis.socket}`,
      queue: 'pinky-1',
      inbox: 'pinky:1:in',
      events: 'server:events',
    });
  });

  it('prints Sentinels and files for TLS as ioredis wants them, and no password', async () => {
    const redis = 'rediss+sentinel://:open%40sesame@a:1,b/games/3?sentinel_password=mellon';
    const env = { PINKY_HOME: box.home, PARTY_CLOUD_REDIS: redis };
    writeFileSync(boxPaths(box.home).config, 'redis_tls: {ca: /etc/ca.crt, server_name: redis.test}\n');
    writeEffectiveConfig(loadConfig({ home: box.home, env }));
    const { out } = await cli(['redis', '--home', box.home]);
    expect(out).not.toMatch(/sesame|mellon/);
    expect(out).toContain('rediss+sentinel://a:1,b:26379/games/3');
    const connection = /const connection = (.*);/.exec(out)?.[1] ?? '';
    const tls = { servername: 'redis.test', ca: 'PEM' };
    const read = (file: string): unknown =>
      file === 'fs' ? { readFileSync: () => 'PEM' } : JSON.parse(readFileSync(file, 'utf8'));
    // The example is code, which is run as a producer would run it.
    expect(runInNewContext(`(${connection})`, { require: read, URLSearchParams })).toEqual({
      sentinels: [{ host: 'a', port: 1 }, { host: 'b', port: 26_379 }],
      name: 'games',
      db: 3,
      password: 'open@sesame',
      sentinelPassword: 'mellon',
      enableTLSForSentinelMode: true,
      tls,
      sentinelTLS: tls,
    });
  });
});
