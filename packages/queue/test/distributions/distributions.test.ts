import {
  boxPaths,
  PinkyError,
  redisKeys,
  requestOnce,
  type BoxFetchState,
  type DistributionResult,
  type DistributionsResult,
  type DistributionView,
} from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { claimName } from '../../src/owner/claim.js';
import { homeInstance } from '../../src/owner/home-instance.js';
import { TestBox } from '../support/box.js';
import { boxSetup } from '../support/box-setup.js';
import { PrivateRedis } from '../support/private-redis.js';
import { digest, FetchingSupervisor } from './fetching-supervisor.js';

/** Several boxes on one Redis, each with a home, a queue and a supervisor whose fetches the test lets go on. */
const redis = new PrivateRedis();
const setup = boxSetup();
beforeAll(() => redis.start());
afterAll(() => redis.end());
beforeEach(() => redis.client().flushall());

interface Fetching {
  readonly box: TestBox;
  readonly supervisor: FetchingSupervisor;
}

const groups = { eu: ['a', 'b', 'c'] };

async function boxNamed(name: string): Promise<Fetching> {
  const box = setup.box(redis, { box: name, groups });
  const supervisor = new FetchingSupervisor(box.home);
  await supervisor.start();
  setup.atEnd(() => supervisor.stop());
  await startOf({ box, supervisor });
  return { box, supervisor };
}

async function startOf({ box }: Fetching): Promise<void> {
  await box.startQueue();
  const { heartbeat } = redisKeys(box.config.box);
  await until('the box beats', async () => (await redis.client().exists(heartbeat)) === 1);
}

const threeBoxes = async () => ({ a: await boxNamed('a'), b: await boxNamed('b'), c: await boxNamed('c') });

const ask = <T>({ box }: Fetching, name: string, data: object, id?: string): Promise<T> =>
  requestOnce({ path: boxPaths(box.home).queueSocket }, 'command', { name, data, ...(id !== undefined && { id }) }, {
    deadlineMs: 20_000,
  }) as Promise<T>;

const pack = { funpack: 'https://user:pass@packs.example.org/game.tar.gz?key=secret', sha256: digest };
const distribute = async (at: Fetching, more: object, id?: string): Promise<DistributionView> =>
  (await ask<DistributionResult>(at, 'distribute', { ...pack, ...more }, id)).distribution;

const listed = async (at: Fetching, id: string): Promise<DistributionView> => {
  const { distributions } = await ask<DistributionsResult>(at, 'distributions', { distribution: id });
  if (!distributions[0]) throw new Error('it is not listed');
  return distributions[0];
};

const statesOf = ({ boxes = [] }: DistributionView): Record<string, BoxFetchState> =>
  Object.fromEntries(boxes.map(({ box, state }) => [box, state]));

/** The distribution once its boxes are in these states. */
async function once(at: Fetching, id: string, states: Record<string, BoxFetchState>): Promise<DistributionView> {
  let last: DistributionView | undefined;
  const areOver = Object.values(states).every((state) => ['done', 'failed', 'skipped'].includes(state));
  await until(`the boxes are ${JSON.stringify(states)}`, async () => {
    last = await listed(at, id);
    // The whole is over a moment after its last box.
    return JSON.stringify(statesOf(last)) === JSON.stringify(states) && !(areOver && last.state === 'running');
  });
  if (!last) throw new Error('it was not listed');
  return last;
}

it('brings a pack to a group wave by wave, lists each box meanwhile, and tells no secret of its address', async () => {
  const { a, b, c } = await threeBoxes();
  const begun = await distribute(a, { group: 'eu', waveSize: 2 });
  expect(begun).toMatchObject({ funpack: 'https://packs.example.org/game.tar.gz', group: 'eu', state: 'running' });
  await once(a, begun.id, { a: 'fetching', b: 'fetching', c: 'waiting' });
  await b.supervisor.tell(300, 1_000);
  await until('its progress is listed', async () => {
    const [, second] = (await listed(a, begun.id)).boxes ?? [];
    return second?.progress?.bytes === 300;
  });
  const [, second] = (await listed(a, begun.id)).boxes ?? [];
  expect(second?.progress).toEqual({ phase: 'funpack', bytes: 300, totalBytes: 1_000 });
  a.supervisor.open();
  await once(a, begun.id, { a: 'done', b: 'fetching', c: 'waiting' });
  b.supervisor.open();
  await once(a, begun.id, { a: 'done', b: 'done', c: 'fetching' });
  c.supervisor.open();
  const done = await once(a, begun.id, { a: 'done', b: 'done', c: 'done' });
  expect(done).toMatchObject({ state: 'done', waves: 2, counts: { boxes: 3, done: 3, failed: 0 } });
  expect(done.boxes?.map(({ sha256, wave }) => [sha256, wave])).toEqual([[digest, 1], [digest, 1], [digest, 2]]);
  expect(c.supervisor.asked).toEqual([{ funpack: { url: pack.funpack, sha256: digest } }]);
  const jobs = redis.client();
  expect(await jobs.hget(`bull:pinky-a:distribution-${begun.id}-w2`, 'name')).toBe('distribution wave');
  await until('the parents are answered', async () => (await jobs.zcard('bull:pinky-a:completed')) === 3);
  expect(JSON.stringify(await ask(a, 'distributions', {}))).not.toMatch(/pass|secret/);
});

it('goes on with the others when one box fails, and keeps its error', async () => {
  const { a, b, c } = await threeBoxes();
  const { id } = await distribute(a, { boxes: ['a', 'b', 'c'] });
  await once(a, id, { a: 'fetching', b: 'fetching', c: 'fetching' });
  await b.supervisor.fail(new PinkyError('checksum_mismatch', 'game.tar.gz: its SHA-256 is another'));
  a.supervisor.open();
  c.supervisor.open();
  const ended = await once(a, id, { a: 'done', b: 'failed', c: 'done' });
  expect(ended.state).toBe('incomplete');
  expect(ended.boxes?.[1]?.error).toMatchObject({
    code: 'checksum_mismatch',
    message: 'game.tar.gz: its SHA-256 is another',
  });
});

it('halts where a whole wave fails, and leaves out the boxes that have nothing yet', async () => {
  const { a, b } = await threeBoxes();
  const { id } = await distribute(a, { group: 'eu', waveSize: 2 });
  await once(a, id, { a: 'fetching', b: 'fetching', c: 'waiting' });
  for (const { supervisor } of [a, b]) await supervisor.fail(new PinkyError('bad_archive', 'truncated'));
  const ended = await once(a, id, { a: 'failed', b: 'failed', c: 'skipped' });
  await until('it is over', async () => (await listed(a, id)).finishedAt !== undefined);
  expect(ended).toMatchObject({ state: 'halted', because: 'all 2 boxes of wave 1 have failed' });
});

it('tries a passing failure again later, and says so', async () => {
  const { a, b } = await threeBoxes();
  const { id } = await distribute(a, { boxes: ['a', 'b'] });
  await once(a, id, { a: 'fetching', b: 'fetching' });
  await b.supervisor.fail(new PinkyError('download_failed', 'the server answers 503'));
  const view = await once(a, id, { a: 'fetching', b: 'retrying' });
  expect(view.boxes?.[1]?.error).toMatchObject({ code: 'download_failed', message: 'the server answers 503' });
});

it('waits for a box that is away, which gets the pack when it is back, while later waves go on', async () => {
  const { a, b, c } = await threeBoxes();
  await b.box.queue?.stop({ down: true });
  for (const { supervisor } of [a, b, c]) supervisor.open();
  const { id } = await distribute(a, { boxes: ['b', 'a', 'c'], waveSize: 1 });
  const waiting = await once(a, id, { b: 'away', a: 'done', c: 'done' });
  expect(waiting.state).toBe('running');
  await startOf(b);
  expect(await once(a, id, { b: 'done', a: 'done', c: 'done' })).toMatchObject({ state: 'done', waves: 3 });
});

it('goes on after the queue that was asked was away, with what its boxes have answered meanwhile', async () => {
  const { a, b, c } = await threeBoxes();
  const { id } = await distribute(a, { boxes: ['b', 'c'], waveSize: 1 });
  await once(a, id, { b: 'fetching', c: 'waiting' });
  await a.box.stopQueue();
  b.supervisor.open();
  const jobs = redis.client();
  await until('the other box is done', async () => (await jobs.zcard('bull:pinky-b:completed')) === 1);
  await jobs.del(`bull:pinky-b:distribution-${id}`); // as BullMQ forgets it in a day
  await startOf(a);
  await once(a, id, { b: 'done', c: 'fetching' });
  c.supervisor.open();
  expect(await once(a, id, { b: 'done', c: 'done' })).toMatchObject({ state: 'done', waves: 2 });
});

it('is listed as it was last seen while Redis is away, and goes on when that is back', async () => {
  const { a, b } = await threeBoxes();
  const { id } = await distribute(a, { boxes: ['b'] });
  await once(a, id, { b: 'fetching' });
  await redis.kill();
  await expect(ask(a, 'distribution cancel', { distribution: id })).rejects.toMatchObject({
    code: 'redis_unavailable',
  });
  expect(statesOf(await listed(a, id))).toEqual({ b: 'fetching' });
  await redis.resume();
  b.supervisor.open();
  await once(a, id, { b: 'done' });
});

it('adds a wave that was written down, and whose flow was not added before the queue died', async () => {
  const { a, b } = await threeBoxes();
  const { id } = await distribute(a, { boxes: ['b'] });
  await once(a, id, { b: 'fetching' });
  await a.box.stopQueue();
  await b.box.stopQueue();
  const jobs = redis.client();
  await jobs.del(`bull:pinky-b:distribution-${id}`, `bull:pinky-a:distribution-${id}-w1`, 'bull:pinky-b:active');
  b.supervisor.open();
  await startOf(b);
  await startOf(a);
  expect((await once(a, id, { b: 'done' })).waves).toBe(1);
});

it('is the same distribution however often its command comes, also after a restart', async () => {
  const { a, b } = await threeBoxes();
  b.supervisor.open();
  const first = await distribute(a, { boxes: ['b'] }, 'order-1');
  await once(a, first.id, { b: 'done' });
  await a.box.stopQueue();
  await startOf(a);
  expect(await ask(a, 'distribute', { ...pack, boxes: ['b'] }, 'order-1')).toMatchObject({
    already: true,
    distribution: { id: first.id, state: 'done' },
  });
  expect(b.supervisor.asked.length).toBe(1);
});

it('takes back what no box has begun when it is cancelled, and follows a transfer to its end', async () => {
  const { a, b, c } = await threeBoxes();
  await c.box.queue?.stop({ down: true });
  const { id } = await distribute(a, { boxes: ['b', 'c', 'a'], waveSize: 2, enoughPercent: 100 });
  await once(a, id, { b: 'fetching', c: 'away', a: 'waiting' });
  const answer = await ask<DistributionResult>(a, 'distribution cancel', { distribution: id });
  expect(statesOf(answer.distribution)).toEqual({ b: 'fetching', c: 'skipped', a: 'skipped' });
  expect(await redis.client().exists(`bull:pinky-c:distribution-${id}`)).toBe(0);
  expect(await ask(a, 'distribution cancel', { distribution: id })).toMatchObject({ already: true });
  b.supervisor.open();
  const ended = await once(a, id, { b: 'done', c: 'skipped', a: 'skipped' });
  expect(ended.state).toBe('cancelled');
});

it('says when somebody has removed the job of a box', async () => {
  const { a, b } = await threeBoxes();
  await b.box.queue?.stop({ down: true });
  const { id } = await distribute(a, { boxes: ['b', 'a'] });
  await once(a, id, { b: 'away', a: 'fetching' });
  await redis.client().del(`bull:pinky-b:distribution-${id}`);
  const view = await once(a, id, { b: 'failed', a: 'fetching' });
  expect(view.boxes?.[0]?.error?.message).toBe('somebody has removed its job from the queue pinky-b');
});

it('belongs to the name of the box: the home that takes it goes on, and the one before writes nothing', async () => {
  const { a, b, c } = await threeBoxes();
  const { id } = await distribute(a, { boxes: ['b', 'c'], waveSize: 1 });
  await once(a, id, { b: 'fetching', c: 'waiting' });
  const other = setup.box(redis, { box: 'a', groups });
  const how = { mode: 'takeOver', heartbeatLifeMs: 30_000 } as const;
  await claimName(redis.client(), redisKeys('a'), homeInstance(other.home), how);
  await expect(distribute(a, { boxes: ['c'] })).rejects.toMatchObject({ code: 'box_taken' });
  await other.startQueue();
  b.supervisor.open();
  const taken = { box: other, supervisor: a.supervisor };
  await until('it has read them', () => listed(taken, id).then(() => true, () => false));
  await once(taken, id, { b: 'done', c: 'fetching' });
  c.supervisor.open();
  expect(await once(taken, id, { b: 'done', c: 'done' })).toMatchObject({ state: 'done' });
  expect(statesOf(await listed(a, id))).toEqual({ b: 'fetching', c: 'waiting' }); // it only knows what it saw last
});

const unreachable =
  'distribute: /srv/game.tar is no address that every box reaches: it takes http:, https: and s3: addresses';

it.each([
  ['bad_command', { boxes: ['a'], group: 'eu' }, 'distribute: it takes either boxes or group'],
  ['bad_command', {}, 'distribute: it takes either boxes or group'],
  ['bad_command', { boxes: ['a'], sha256: 'abc' }, 'distribute: sha256 must be 64 hexadecimal digits'],
  ['bad_command', { boxes: ['a'], waveSize: 0 }, 'distribute: waveSize must be a whole number from 1 to 100'],
  ['bad_url', { boxes: ['a'], funpack: '/srv/game.tar' }, unreachable],
  ['not_found', { group: 'us' }, 'there is no group us in pinky.yml: there is eu'],
  ['not_found', { boxes: ['a', 'bb', 'cc'] }, 'bb, cc have never been up on this Redis'],
])('refuses with %s what cannot be meant: %j', async (code, more, message) => {
  const a = await boxNamed('a');
  await expect(ask(a, 'distribute', { ...pack, ...more })).rejects.toMatchObject({ code, message });
});

it('asks for a checksum, and takes an MD5 where the publisher tells only that', async () => {
  const a = await boxNamed('a');
  const { funpack } = pack;
  await expect(ask(a, 'distribute', { funpack, boxes: ['a'] })).rejects.toMatchObject({
    code: 'bad_command',
    message: 'distribute: sha256 is missing, or md5 where the publisher tells only that',
  });
  a.supervisor.open();
  const md5 = 'D'.repeat(32);
  const { distribution } = await ask<DistributionResult>(a, 'distribute', { funpack, md5, boxes: ['a'] });
  await once(a, distribution.id, { a: 'done' });
  expect(a.supervisor.asked).toEqual([{ funpack: { url: funpack, md5: md5.toLowerCase() } }]);
});
