import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, requestOnce, type BoxConfig } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { examineRedis, type RedisReport } from '../../src/index.js';
import { parseRedisAddress } from '../../src/redis/address.js';
import { openClient } from '../../src/redis/client.js';
import { remedyOf, troubleOf } from '../../src/redis/trouble.js';
import { boxSetup } from '../support/box-setup.js';
import { makeCertificates } from '../support/certificates.js';
import { RedisServer } from '../support/redis-server.js';

/** Sentinels that are there, but wrong: each says what is wrong with it. */
const setup = boxSetup();
const dir = mkdtempSync(join(tmpdir(), 'pinky-sick-sentinels-'));
let master: RedisServer;
beforeAll(async () => { master = await new RedisServer().start(); });
afterAll(async () => {
  await master.end();
  rmSync(dir, { recursive: true, force: true });
});

async function sentinel(lines: readonly string[] = [], of = master): Promise<RedisServer> {
  const made = new RedisServer([`sentinel monitor games 127.0.0.1 ${of.port} 1`, ...lines], 'sentinel');
  setup.atEnd(() => made.end());
  return made.start();
}

const addressOf = (servers: readonly RedisServer[], query = ''): string =>
  `redis+sentinel://${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}/games${query}`;
const examined = (redis: string) => examineRedis({ box: '1', home: dir, redis } as BoxConfig); // it reads no more
const bad = async (redis: string) => (await examined(redis)).filter(({ level }) => level === 'bad');

it('says that the Sentinels ask for a password, and where it belongs', async () => {
  const locked = [await sentinel(['requirepass right']), await sentinel(['requirepass right'])];
  const wanted = {
    trouble: 'sentinel_password',
    found: expect.stringContaining(`127.0.0.1:${locked[1]?.port} asks for a password`),
    fix: expect.stringContaining('`sentinel_password`'),
  };
  expect(await bad(addressOf(locked))).toEqual([expect.objectContaining(wanted)]);
  const wrong = await examined(addressOf(locked, '?sentinel_password=quite-wrong'));
  expect(wrong.map(({ found }) => found)).toEqual([
    ...locked.map(({ port }) => `the Sentinel 127.0.0.1:${port} refuses the password that it is sent`),
    expect.stringContaining('refuses the password'),
  ]);
  expect(JSON.stringify(wrong)).not.toContain('quite-wrong');
  expect(await bad(addressOf(locked, '?sentinel_password=right'))).toEqual([]);
});

it('says that the user of a Sentinel may not ask', async () => {
  const strict = await sentinel(['user default on nopass ~* &* +@all -sentinel']);
  expect(await bad(addressOf([strict]))).toEqual([expect.objectContaining({ trouble: 'sentinel_forbidden' })]);
});

it('says that the address of a Sentinel is that of a Redis', async () => {
  const found = expect.stringContaining(`127.0.0.1:${master.port} is no Sentinel, but a Redis`);
  expect(await bad(addressOf([master]))).toEqual([expect.objectContaining({ trouble: 'no_sentinel', found })]);
  const [warning, ...more] = await examined(addressOf([master, await sentinel()]));
  expect(warning).toMatchObject({ name: 'redis sentinel', found, fix: expect.stringContaining('redis://host:port') });
  expect(more.filter(({ level }) => level !== 'ok').map(({ name }) => name)).toEqual(['redis files']);
});

it('says why TLS with a Sentinel fails', async () => {
  const { ca, cert, key } = makeCertificates(dir);
  const tls = [`tls-ca-cert-file ${ca}`, `tls-cert-file ${cert}`, `tls-key-file ${key}`, 'tls-auth-clients no'];
  const secure = await sentinel(['tls-port $PORT', 'port 0', ...tls]);
  expect(await bad(addressOf([secure]).replace('redis+', 'rediss+'))).toEqual([
    expect.objectContaining({ trouble: 'certificate', fix: expect.stringContaining('redis_tls: {ca: …}') }),
  ]);
});

it.each(['', '/1'])('says that redis://…%s leads to a Sentinel', async (database) => {
  const redis = (await sentinel()).address + database;
  const wanted = { trouble: 'sentinel', fix: expect.stringContaining('redis+sentinel://') };
  expect(await examined(redis)).toEqual([expect.objectContaining(wanted)]);
  const { home } = await setup.boxOn({ redis });
  const report = () => requestOnce({ path: boxPaths(home).queueSocket }, 'redis', {}, { deadlineMs: 5_000 });
  await until('the queue says so', async () => {
    const { state, troubles = [] } = (await report()) as RedisReport; // the queue of this tree answers
    return state === 'refusing' && troubles.some(({ kind }) => kind === 'sentinel');
  });
});

it.each(['', ':wrong@'])('says that redis://%s… may lead to a Sentinel that asks for a password', async (login) => {
  const redis = (await sentinel(['requirepass right'])).address.replace('//', `//${login}`);
  const fix = expect.stringMatching(/Sentinel.*redis\+sentinel:\/\/.*`sentinel_password`/);
  expect(await examined(redis)).toEqual([expect.objectContaining({ trouble: 'password', fix })]);
  const failure = await openClient(parseRedisAddress(redis), 'locked', () => undefined).catch((error) => error);
  expect(remedyOf(troubleOf(failure).kind, failure)).toEqual(fix);
});

it('gives a Sentinel that is listed under two names one vote', async () => {
  const other = await new RedisServer().start();
  setup.atEnd(() => other.end());
  const [liar, right] = [await sentinel([], other), await sentinel()];
  const address = addressOf([liar, right]).replace('//', `//localhost:${liar.port},`);
  const failure = await openClient(parseRedisAddress(address), 'divided', () => undefined).catch((error) => error);
  expect(failure).toMatchObject({ code: 'redis_unavailable', details: { trouble: 'divided' } });
  expect((await examined(address)).map(({ found }) => found)).toContain(
    `the Sentinel 127.0.0.1:${liar.port} is the same as localhost:${liar.port}, and has one vote with it`,
  );
  expect(await bad(addressOf([right]))).toEqual([]);
  const third = await sentinel();
  expect(await bad(address.replace('/games', `,127.0.0.1:${third.port}/games`))).toEqual([]); // two against one
  expect(await other.client().dbsize()).toBe(0);
});
