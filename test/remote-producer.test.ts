import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { QueueEvents } from 'bullmq';
import { Queue as Queue5 } from 'bullmq5';
import { assertBuilt, RealBox } from './box/real-box';
import { Producer } from './box/producer';
import { tar } from './box/tar';

/** A backend that has nothing but Redis: it starts, looks on, asks, and fetches ahead. */
describe('a producer elsewhere', () => {
  const run = '#!/bin/sh\nmkdir -p world\n[ -f world/seed ] || echo new > world/seed\n' +
    'echo \'{"event":"started"}\'\nexec cat > heard\n';
  const game = tar([
    { path: 'funpack.json', text: '{"name":"far","version":"1","persistent":true}' },
    { path: 'bin/run', text: run, mode: 0o755 },
    { path: 'bin/prepare', text: '#!/bin/sh\nexit 0\n', mode: 0o755 },
  ]);
  const world = tar([{ path: 'world/seed', text: 'old' }]);
  const sha256 = (archive: Buffer): string => createHash('sha256').update(archive).digest('hex');
  const files: Readonly<Record<string, Buffer>> = { '/game.tar': game, '/world.tar': world };
  const box = new RealBox('backup:\n  interval: 1h\nports:\n  first: 22580\n  step: 1\n  count: 20\n');
  let asked: string[];
  let web: Server;
  let site: string;
  let producer: Producer;
  let jobs: Queue5;
  let events: QueueEvents;

  beforeAll(async () => {
    assertBuilt();
    web = createServer(({ url = '' }, response) => {
      asked.push(url);
      const file = files[url];
      if (file) response.end(file);
      else response.writeHead(404).end();
    });
    await new Promise<void>((done) => { web.listen(0, '127.0.0.1', done); });
    site = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    producer = new Producer(box.home);
    jobs = new Queue5('pinky-1', { connection: connection() });
    events = new QueueEvents('pinky-1', { connection: connection() });
  });
  beforeEach(() => { asked = []; });
  afterAll(async () => {
    await Promise.all([producer.end(), jobs.close(), events.close()]);
    await box.end();
    await new Promise((done) => { web.close(done); });
  });

  const connection = (): { path: string; password: string } => {
    const { redisPassword } = JSON.parse(readFileSync(box.file('effective.json'), 'utf8')) as { redisPassword: string };
    return { path: box.file('redis', 'redis.sock'), password: redisPassword };
  };

  it('sees how far its start is, also with BullMQ 5', async () => {
    await events.waitUntilReady();
    const seen: unknown[] = [];
    events.on('progress', ({ data }) => void seen.push(data));
    const job = await jobs.add('start', { serverId: 'far', funpack: `${site}/game.tar`, world: `${site}/world.tar` });
    const { returnvalue } = await new Promise<{ returnvalue: unknown }>((done, failed) => {
      events.on('completed', done);
      events.on('failed', ({ failedReason }) => failed(new Error(failedReason)));
    });
    expect(returnvalue).toMatchObject({ serverId: 'far', state: 'up' });
    const phases = [...new Set(seen.map((value) => (value as { phase: string }).phase))];
    expect(phases).toEqual(['funpack', 'world', 'bootstrap', 'prepare', 'starting']);
    const moved = seen.filter((value) => (value as { bytes: number }).bytes > 0);
    expect(moved).toContainEqual(expect.objectContaining({ phase: 'world', done: 1, total: 5 }));
    expect(seen.at(-1)).toEqual({
      phase: 'starting',
      done: 4,
      total: 5,
      bytes: 0,
    });
    expect((await jobs.getJob(job.id ?? ''))?.progress).toEqual(seen.at(-1));
    expect(box.text('servers', 'far', 'working', 'world', 'seed')).toBe('old');
  });

  it('asks for the state of one server and of all, and why', async () => {
    const isUp = { serverId: 'far', state: 'up', wanted: 'up', players: [] };
    expect(await producer.job('status', { serverId: 'far' })).toMatchObject({ ok: { servers: [isUp] } });
    expect(await producer.job('status', {})).toMatchObject({ ok: { servers: [isUp] } });
    expect(await producer.job('status', { serverId: 'nobody' })).toEqual({
      ok: { servers: [{ serverId: 'nobody', state: 'down' }] },
    });
    expect(await producer.job('explain', { serverId: 'far' })).toMatchObject({
      ok: { ...isUp, lastLines: ['{"event":"started"}'] },
    });
    expect(await producer.job('explain', { serverId: 'nobody' })).toMatchObject({ ok: { state: 'down' } });
    expect(await box.pinky(['status', 'far'])).toMatchObject({ code: 0, answer: { servers: [isUp] } });
    const items = ['{"name":"status","serverId":"far"}', '{"name":"explain"}', '{"name":"status","serverId":"../x"}'];
    expect(await producer.items(items)).toEqual([undefined, 'bad_command', 'bad_server_id']);
  });

  it('fetches a funpack and a world into the cache, and starts nothing', async () => {
    expect(await producer.job('fetch', { funpack: `${site}/game.tar`, world: { url: `${site}/world.tar` } }))
      .toMatchObject({
        ok: {
          funpack: { url: `${site}/game.tar`, digest: sha256(game) },
          world: { url: `${site}/world.tar`, sha256: sha256(world), size: world.length },
        },
      });
    expect(asked).toEqual(['/game.tar', '/world.tar']);
    expect(await producer.job('status', {})).toMatchObject({ ok: { servers: [{ serverId: 'far' }] } });
  });

  it('starts from what was fetched, with no more network', async () => {
    const data = {
      serverId: 'near',
      funpack: { url: `${site}/game.tar`, sha256: sha256(game) },
      world: { url: `${site}/world.tar`, sha256: sha256(world) },
    };
    expect(await producer.job('fetch', data)).toMatchObject({ ok: { world: { sha256: sha256(world) } } });
    asked = [];
    expect(await producer.job('start', data)).toMatchObject({ ok: { state: 'up' } });
    expect(asked).toEqual([]);
    expect(box.text('servers', 'near', 'working', 'world', 'seed')).toBe('old');
  });

  it('hears what is wrong with a fetch', async () => {
    expect(await producer.job('fetch', {})).toEqual({ code: 'bad_command' });
    expect(await producer.job('fetch', { funpack: 7 })).toEqual({ code: 'bad_command' });
    expect(await producer.job('fetch', { world: `${site}/none.tar` })).toEqual({ code: 'not_found' });
    expect(await producer.job('fetch', { world: 'a name' })).toEqual({ code: 'bad_url' });
    const wrong = { url: `${site}/world.tar`, sha256: 'f'.repeat(64) };
    expect(await producer.job('fetch', { world: wrong })).toEqual({ code: 'checksum_mismatch' });
    expect(await box.pinky(['fetch'])).toMatchObject({ answer: { error: { code: 'bad_command' } } });
    expect(await box.pinky(['fetch', '--world', `${site}/world.tar`])).toMatchObject({ code: 0 });
  });
});
