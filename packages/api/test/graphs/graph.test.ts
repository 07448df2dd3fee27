import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ApiHome, statusOf } from '../support/api-home';

let home: ApiHome;
let token: string;
const now = Date.now();
const secondsAgo = (seconds: number): number => Math.round(now / 1_000) - seconds;
beforeAll(async () => {
  home = new ApiHome();
  home.define('s1', { ram: { min: 512, max: 1024 } });
  home.statuses = [statusOf('s1')];
  const samples = join(home.paths.history('s1'), 'samples');
  mkdirSync(samples, { recursive: true });
  const lines = [[7_200, 5, 10, 0], [600, 50, 20, 1], [570, 70, 30, 2], [60, 1, 40, 0]];
  appendFileSync(join(samples, 'newest.log'), lines.map(([ago = 0, ...rest]) =>
    `${secondsAgo(ago)} ${rest.join(' ')}\n`).join(''));
  mkdirSync(home.paths.events);
  const event = (server: string, type: string, ago: number, offset: number): string =>
    `${JSON.stringify({ type, server_id: server, ts: new Date(now - ago * 1_000).toISOString() }).slice(0, -1)}` +
    `,"id":"${server}:1:${offset}"}\n`;
  appendFileSync(join(home.paths.events, '000000000001.jsonl'), [
    event('s1', 'started', 7_000, 1), event('s1', 'crashed', 500, 2), event('s2', 'crashed', 400, 3),
    event('s1', 'chat', 300, 4), event('s1', 'backed_up', 200, 5),
  ].join(''));
  token = home.token();
  await home.start();
});
afterAll(() => home.end());

const graph = (query = '') => home.call('GET', `/v1/servers/s1/graph${query}`, { token });

it('shows the last hour with its gap, its limit and what happened in it', async () => {
  const { status, json } = await graph();
  expect(status).toBe(200);
  expect(json.times).toEqual([secondsAgo(600), secondsAgo(570), secondsAgo(540), secondsAgo(60)]);
  expect(json).toMatchObject({
    cpuPercent: [50, 70, null, 1],
    players: [1, 2, null, 0],
    memoryLimitBytes: 2 ** 30,
    events: [{ type: 'crashed', server_id: 's1' }, { type: 'backed_up' }],
  });
});

it('shows any other time, thinned to the points that were asked for', async () => {
  const from = new Date(now - 3 * 3_600_000).toISOString();
  const { json } = await graph(`?from=${from}&points=10`);
  expect(json.stepMs).toBeGreaterThan(1_000_000);
  expect(json.events).toMatchObject([{ type: 'started' }, { type: 'crashed' }, { type: 'backed_up' }]);
  expect(json.times[0]).toBe(secondsAgo(7_200));
  expect(await graph(`?to=${from}&from=${new Date(now).toISOString()}`)).toMatchObject({
    status: 400,
    json: { code: 'bad_request', field: 'from' },
  });
  expect((await graph('?from=yesterday')).json).toMatchObject({ status: 400, field: 'from' });
});
