import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, QueueEvents } from 'bullmq';
import { boxPaths, redisKeys, requestOnce } from '@pinky/protocol';
import { lookFor, patienceMs, until } from '@pinky/protocol/testing';
import { examineRedis, type RedisReport } from '../../src/index.js';
import type { TestBox } from '../support/box.js';
import { boxSetup } from '../support/box-setup.js';
import { makeCertificates } from '../support/certificates.js';
import type { FakeWorker } from '../support/fake-worker.js';
import { RedisServer } from '../support/redis-server.js';

const keys = redisKeys('1');
const { boxOn, worker, atEnd } = boxSetup();

async function server(...lines: readonly string[]): Promise<RedisServer> {
  const made = new RedisServer(lines);
  atEnd(() => made.end());
  return made.start();
}

const workerOf = (box: TestBox): FakeWorker => worker(box, 'a');

const report = async (box: TestBox): Promise<RedisReport> =>
  // The queue of this tree answers.
  (await requestOnce({ path: boxPaths(box.home).queueSocket }, 'redis', {}, { deadlineMs: 5_000 })) as RedisReport;
const errors = (box: TestBox) => box.log.filter(({ level }) => level === 'error');
const trouble = (box: TestBox, kind: string) =>
  until(`the queue says ${kind}`, async () => (await report(box)).troubles?.find((each) => each.kind === kind));
/** Each of its connections is there, and none has a complaint left. */
const isWell = (box: TestBox): Promise<unknown> =>
  until('nothing is wrong', async () => {
    const { state, troubles } = await report(box);
    return state === 'connected' && troubles?.length === 0;
  });
/** Long enough for what is said again and again to show, milliseconds. */
const aWhile = { timeoutMs: 1_500 };

it('writes nothing into another database than the one that was named', async () => {
  const redis = await server('databases 16');
  const box = await boxOn({ redis: `${redis.address}/99` });
  workerOf(box);
  expect(await trouble(box, 'database')).toMatchObject({
    because: expect.stringContaining('database 99 cannot be used'),
    remedy: expect.stringContaining('databases'),
  });
  await until('it is refused for that', async () => {
    const { state, because } = await report(box);
    return state === 'refusing' && because?.includes('database 99');
  });
  await lookFor(() => errors(box).length > 1, aWhile);
  expect(errors(box)).toHaveLength(1); // however often it tries
  expect(await redis.client().dbsize()).toBe(0);
});

it('is refused by a server whose memory is full, and goes on when there is some', async () => {
  const redis = await server('maxmemory 1', 'maxmemory-policy noeviction');
  const box = await boxOn({ redis: redis.address });
  expect(await trouble(box, 'full')).toMatchObject({ remedy: expect.stringContaining('maxmemory') });
  expect(await report(box)).toMatchObject({ state: 'refusing', because: expect.stringContaining('OOM') });
  await redis.client().config('SET', 'maxmemory', '0');
  await isWell(box);
});

it('uses no server in cluster mode, and says so once', async () => {
  const redis = await server('cluster-enabled yes');
  const box = await boxOn({ redis: redis.address });
  expect(await trouble(box, 'cluster')).toMatchObject({ because: expect.stringContaining('cluster mode') });
  await lookFor(() => errors(box).length > 1, aWhile);
  expect(errors(box)).toHaveLength(1);
});

it('waits for a replica to become the master', async () => {
  const redis = await server('replicaof 127.0.0.1 1');
  const box = await boxOn({ redis: redis.address });
  expect(await trouble(box, 'replica')).toMatchObject({ remedy: expect.stringContaining('Sentinels') });
  await redis.client().call('REPLICAOF', 'NO', 'ONE');
  await until('it is used', async () => (await redis.client().get(keys.boxState)) === 'up');
  await isWell(box);
});

it('goes on when it gets the right password', async () => {
  const redis = await server('requirepass right');
  const box = await boxOn({ redis: redis.address.replace('//', '//:wrong@') });
  expect(await trouble(box, 'password')).toMatchObject({
    remedy: expect.stringContaining('correct user and password in `redis:`'),
  });
  const admin = redis.client({ password: 'right' });
  await admin.config('SET', 'requirepass', 'wrong');
  await until('it is used', async () => (await redis.client({ password: 'wrong' }).get(keys.boxState)) === 'up');
  expect(JSON.stringify(box.log)).not.toContain('wrong@');
});

it('says once what its user may not do, with the remedy for that, and goes on when it may', async () => {
  const redis = await server('user pinky on >secret ~* &* +@all -@dangerous -@admin');
  const box = await boxOn({ redis: redis.address.replace('//', '//pinky:secret@') });
  const game = workerOf(box);
  await until('its worker is known', () => game.published.length > 0);
  const { connection } = redis;
  const [jobs, finished] = [new Queue('pinky-1', { connection }), new QueueEvents('pinky-1', { connection })];
  atEnd(() => jobs.close(), () => finished.close());
  expect(await trouble(box, 'forbidden')).toMatchObject({
    because: expect.stringContaining("'info'"),
    remedy: expect.stringContaining('ACL SETUSER'),
  });
  await lookFor(() => errors(box).length > 1, aWhile);
  expect(errors(box)).toHaveLength(1);
  expect(await examineRedis(box.config)).toContainEqual(
    expect.objectContaining({ name: 'redis jobs', level: 'bad', trouble: 'forbidden' }), // as for the job below
  );
  const job = await jobs.add('list', { serverId: 'a' });
  await redis.client().call('ACL', 'SETUSER', 'pinky', '+info');
  await job.waitUntilFinished(finished, patienceMs);
  await isWell(box);
});

it('says which key its user may not use', async () => {
  const redis = await server('user pinky on >secret ~pinky:* ~bull:pinky-* &* +@all');
  const box = await boxOn({ redis: redis.address.replace('//', '//pinky:secret@') });
  workerOf(box).event({ type: 'info' });
  await trouble(box, 'forbidden');
  await redis.client().call('ACL', 'SETUSER', 'pinky', '~server:*');
  await until('the event is there', async () => (await redis.client().llen(keys.events)) === 1);
  await isWell(box);
  expect(errors(box)).toHaveLength(1);
});

it('needs no more than what docs/redis.md lists under Permissions', async () => {
  const page = readFileSync(join(__dirname, '../../../../docs/redis.md'), 'utf8');
  const [, rules = ''] = /^ACL SETUSER pinky (.+)$/m.exec(page) ?? [];
  const redis = await server(`user pinky ${rules}`);
  const box = await boxOn({ redis: redis.address.replace('//', '//pinky:secret@'), heartbeatIntervalMs: 200 });
  const game = workerOf(box);
  await until('its worker is known', () => game.published.length > 0);
  const connection = { ...redis.connection, username: 'pinky', password: 'secret' };
  const [jobs, finished] = [new Queue('pinky-1', { connection }), new QueueEvents('pinky-1', { connection })];
  atEnd(() => jobs.close(), () => finished.close());
  await (await jobs.add('list', { serverId: 'a' })).waitUntilFinished(finished, patienceMs);
  const late = await jobs.add('list', { serverId: 'nobody' }, { attempts: 2, backoff: 100, priority: 3, delay: 50 });
  await expect(late.waitUntilFinished(finished, patienceMs)).rejects.toThrow('not_running');
  const admin = redis.client();
  await admin.lpush(keys.inbox, '{"name":"list","serverId":"a"}');
  game.event({ type: 'info' });
  await until('all is done', async () => (await admin.exists(keys.answers, keys.events)) === 2);
  await admin.del(keys.serverState('a'));
  await until('its state is there again', async () => (await admin.exists(keys.serverState('a'))) === 1);
  expect((await examineRedis({ ...box.config })).filter(({ level }) => level === 'bad')).toEqual([]);
  await isWell(box);
  const refused = (await admin.call('ACL', 'LOG')) as unknown[][];
  expect(refused.map((entry) => entry[7])).toEqual(['config|get']); // doctor's question, which may be refused
});

it('says that Redis has no memory left, and goes on when it has', async () => {
  const redis = await server('maxmemory 1', 'maxmemory-policy noeviction');
  const box = await boxOn({ redis: redis.address, heartbeatIntervalMs: 200 });
  const game = workerOf(box);
  game.event({ type: 'info' });
  expect(await trouble(box, 'full')).toMatchObject({ remedy: expect.stringContaining('maxmemory') });
  await redis.client().config('SET', 'maxmemory', '100mb');
  await until('the event is there', async () => (await redis.client().llen(keys.events)) === 1);
  await isWell(box);
});

it('writes the keys of an idle server and of the box again, whoever removed or changed them', async () => {
  const redis = await server();
  const box = await boxOn({ redis: redis.address, heartbeatIntervalMs: 200 });
  const client = redis.client();
  worker(box, 'a', { players: ['ann', 'bob'] });
  const all = [keys.serverState('a'), keys.players('a'), keys.server('a'), keys.serverBox('a'), keys.boxState];
  const isWhole = async () =>
    (await client.exists(...all)) === all.length &&
    (await client.get(keys.serverState('a'))) === 'up' &&
    (await client.smembers(keys.players('a'))).toSorted().join() === 'ann,bob';
  await until('everything is there', isWhole);
  for (const key of all) {
    await client.del(key);
    await until(`${key} is there again`, isWhole);
  }
  await client.srem(keys.players('a'), 'ann');
  await until('ann is there again', isWhole);
  await client.set(keys.serverState('a'), 'stopping');
  await until('it is up again', isWhole);
  await client.flushall();
  await until('everything is there again', isWhole);
  // Another box that runs the server by now keeps its own.
  await client.mset(keys.serverBox('a'), '2', keys.serverState('a'), 'starting');
  for (let beats = 0; beats < 3; beats++) {
    await client.del(keys.heartbeat);
    await until('the heart has beaten', async () => (await client.exists(keys.heartbeat)) === 1);
  }
  expect(await client.get(keys.serverState('a'))).toBe('starting');
});

describe('a Redis with a certificate of a private authority', () => {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-certificates-'));
  const { ca, cert, key } = makeCertificates(dir);
  const tls = ['tls-port $PORT', 'port 0', `tls-ca-cert-file ${ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`];
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  const secure = (redis: RedisServer): string => redis.address.replace('redis:', 'rediss:');

  it('is used with that authority, a name and a certificate of the box\'s own', async () => {
    const redis = await server(...tls, 'tls-auth-clients yes');
    const box = await boxOn({ redis: secure(redis), redisTls: { ca, cert, key, serverName: 'redis.test' } });
    const game = workerOf(box);
    await until('its worker is known', () => game.published.length > 0);
    await isWell(box);
  });

  it('is refused without that authority, with the option that names it', async () => {
    const redis = await server(...tls, 'tls-auth-clients no');
    const box = await boxOn({ redis: secure(redis) });
    expect(await trouble(box, 'certificate')).toMatchObject({ remedy: expect.stringContaining('redis_tls') });
    await lookFor(() => errors(box).length > 1, aWhile);
    expect(errors(box)).toHaveLength(1);
  });

  it('says which file of redis_tls cannot be read', async () => {
    const redis = await server(...tls, 'tls-auth-clients no');
    const box = await boxOn({ redis: secure(redis), redisTls: { ca: join(dir, 'nobody.crt') } });
    await until('it says so', async () => (await report(box)).because?.includes('redis_tls.ca'));
  });
});
