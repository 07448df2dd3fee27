import { readFileSync } from 'node:fs';
import { PinkyError } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { ApiHome, statusOf } from '../support/api-home';

let home: ApiHome;
let token: string;
beforeEach(async () => {
  home = new ApiHome();
  home.define('s1');
  home.statuses = [statusOf('s1')];
  token = home.token();
  await home.start();
});
afterEach(() => home.end());

const stop = (headers: Record<string, string> = {}) =>
  home.call('POST', '/v1/servers/s1/stop', { token, headers });

it('is answered at once, and tells its progress and its result later', async () => {
  let finish = (_result: object): void => undefined;
  home.obey = (_sent, { progress }) => new Promise((resolve) => {
    progress({ label: 'unpack', done: 5, total: 10, phase: 'funpack' });
    finish = resolve;
  });
  const asked = await stop();
  expect(asked).toMatchObject({ status: 202, json: { command: 'stop', serverId: 's1' } });
  const look = () => home.call('GET', String(asked.headers['location']), { token });
  const active = await until('it tells how far it is', async () => {
    const { json } = await look();
    return json.progress ? json : undefined;
  });
  expect(active).toMatchObject({ state: 'active', progress: { phase: 'funpack', done: 5, total: 10, unit: 'bytes' } });
  finish({ serverId: 's1', state: 'down', parked: `${home.home}/servers/.parked/s1` });
  const done = await until('it is done', async () => {
    const { json } = await look();
    return json.state === 'done' ? json : undefined;
  });
  expect(done.result).toEqual({ serverId: 's1', state: 'down', parked: '$SERVERS/.parked/s1' });
});

it('is waited for if the caller prefers that, and its error is a problem', async () => {
  const headers = { prefer: 'respond-async, wait=20' };
  home.obey = async () => ({ serverId: 's1', state: 'down' });
  expect(await stop(headers)).toMatchObject({ status: 200, json: { state: 'down' } });
  home.obey = () => Promise.reject(new PinkyError('not_running', 'server s1 is down'));
  expect(await stop(headers)).toMatchObject({
    status: 409,
    json: { code: 'not_running', jobId: expect.stringMatching(/^api-/), remedy: 'start the server first' },
  });
});

it('is the same one for the same key, and no other request may use the key', async () => {
  const headers = { 'idempotency-key': 'once-1' };
  const [first, second] = [await stop(headers), await stop(headers)];
  expect(second.json.id).toBe(first.json.id);
  expect(home.sent.filter(({ id }) => id === 'once-1')).toHaveLength(1);
  expect(await home.call('POST', '/v1/servers/s1/restart', { token, headers })).toMatchObject({
    status: 409,
    json: { code: 'conflict' },
  });
  expect(await stop({ 'idempotency-key': 'no spaces' })).toMatchObject({ status: 400 });
});

it('is cancelled by a stop of its server, where it is a start that is not over', async () => {
  home.obey = ({ name }) =>
    (name === 'start' ? new Promise(() => undefined) : Promise.resolve({ serverId: 's1', state: 'down' }));
  const { json: { id } } = await home.call('POST', '/v1/servers/s1/start', { token });
  await until('the queue has it', () => home.sent.length === 1);
  const cancel = (by = token, job = id) =>
    home.call('DELETE', `/v1/jobs/${job}`, {
      token: by,
      headers: { prefer: 'wait=20', 'content-type': 'application/json' }, // many clients always say so
    });
  expect(await cancel(home.token({ verbs: ['read'] }))).toMatchObject({ status: 403 });
  expect(await cancel(home.token({ verbs: ['control'], servers: ['s2'] }))).toMatchObject({ status: 404 });
  expect(home.sent).toHaveLength(1);
  expect(await cancel()).toMatchObject({ status: 200, json: { state: 'down' } });
  expect(home.sent.at(-1)).toMatchObject({ name: 'stop', data: { serverId: 's1' } });
  const [over] = (await home.call('GET', '/v1/jobs?state=done', { token })).json.jobs;
  const isOver = { status: 409, json: { detail: 'this stop is over: it is done' } };
  expect(await cancel(token, over.id)).toMatchObject(isOver);
  home.obey = () => new Promise(() => undefined);
  const { json: backup } = await home.call('POST', '/v1/servers/s1/backups', { token });
  expect(await cancel(token, backup.id)).toMatchObject({ status: 409, json: { code: 'conflict' } });
});

it('keeps settings no longer than it lasts, since they may be secret', async () => {
  home.obey = async () => ({ serverId: 's1', state: 'up' });
  const body = { serverId: 's1', settings: { password: 'hunter2-of-s1' } };
  const headers = { prefer: 'wait=20' };
  const answer = await home.call('POST', '/v1/servers', { token, body, headers });
  expect(answer).toMatchObject({ status: 200 });
  await until('it is in the file no more', () => !readFileSync(home.paths.apiJobs, 'utf8').includes('hunter2-of-s1'));
  expect(readFileSync(home.paths.apiJobs, 'utf8')).toContain('"state":"done"');
});

it('outlives the API: the next one knows it, and takes up what was not done with the same id', async () => {
  home.obey = () => new Promise(() => undefined);
  await stop({ 'idempotency-key': 'long-1' });
  await until('the queue has it', () => home.sent.length === 1);
  await home.server?.stop();
  home.obey = async () => ({ serverId: 's1', state: 'down' });
  await home.start();
  const again = await until('it is done', async () => {
    const { json } = await home.call('GET', '/v1/jobs/long-1', { token });
    return json.state === 'done' ? json : undefined;
  });
  expect(again).toMatchObject({ command: 'stop', result: { state: 'down' } });
  expect(home.sent.map(({ id }) => id)).toEqual(['long-1', 'long-1']);
  expect((await stop({ 'idempotency-key': 'long-1' })).json).toMatchObject({ state: 'done' });
  expect(home.sent).toHaveLength(2);
});

it('waits for a queue that is away', async () => {
  await home.stopQueue();
  const asked = await stop();
  expect(asked).toMatchObject({ status: 202 });
  expect(await home.call('GET', '/readyz', { token })).toMatchObject({ status: 503, json: { queue: 'away' } });
  expect((await home.call('GET', '/v1/servers', { token })).json.servers).toMatchObject([{ serverId: 's1' }]);
  await home.startQueue();
  await until('it is done', async () =>
    (await home.call('GET', String(asked.headers['location']), { token })).json.state === 'done');
});

it('is shown to those who have its server', async () => {
  await stop({ 'idempotency-key': 'mine-1' });
  const other = home.token({ verbs: ['read'], servers: ['s2'] });
  expect(await home.call('GET', '/v1/jobs/mine-1', { token: other })).toMatchObject({ status: 404 });
  expect((await home.call('GET', '/v1/jobs', { token: other })).json).toEqual({ jobs: [] });
  const { json } = await home.call('GET', '/v1/jobs?server=s1&limit=1', { token });
  expect(json.jobs).toMatchObject([{ id: 'mine-1' }]);
});
