import { PinkyError, type Schedule } from '@pinky/protocol';
import { ApiHome, statusOf } from '../support/api-home';

const nightly: Schedule = {
  id: 'n1',
  when: '0 4 * * *',
  tz: 'Europe/Berlin',
  do: ['backup', 'restart'],
  lateMs: 120_000,
  doneUntil: 0,
};
const lines: Schedule = { ...nightly, id: 'c1', do: [{ console: 'save' }] };

let home: ApiHome;
let token: string;
beforeEach(async () => {
  home = new ApiHome();
  home.define('s1', { schedules: [nightly, lines] });
  home.define('s2');
  home.statuses = [statusOf('s1')];
  token = home.token();
  await home.start();
});
afterEach(() => home.end());

const call = (method: string, end = '', body?: unknown, as = token) =>
  home.call(method, `/v1/servers/s1/schedules${end}`, {
    token: as,
    ...(body !== undefined && { body }),
    headers: { prefer: 'wait=5' },
  });

it('are listed as they are defined, also while the queue does not answer', async () => {
  const { json } = await call('GET');
  expect(json.schedules).toMatchObject([
    { id: 'n1', when: '0 4 * * *', tz: 'Europe/Berlin', doInWords: 'backup, then restart' },
    { id: 'c1' },
  ]);
  expect(json.schedules[0]).not.toHaveProperty('doneUntil');
});

it('are listed with their next run as the queue knows it', async () => {
  home.schedules = [
    { ...nightly, serverId: 's1', next: Date.UTC(2026, 0, 2, 3), last: { due: 1, at: 2, outcome: 'done' } },
    { ...lines, serverId: 's2' },
  ];
  expect((await call('GET')).json.schedules).toMatchObject([
    { id: 'n1', nextAt: '2026-01-02T03:00:00.000Z', last: { at: '1970-01-01T00:00:00.002Z', outcome: 'done' } },
  ]);
});

it('are added, changed, run and removed by the commands of the box', async () => {
  const terms = { when: '@daily', do: 'restart', warn: ['10m'], tz: 'UTC' };
  expect(await call('POST', '', terms)).toMatchObject({ status: 200 });
  expect(await call('PATCH', '/n1', { paused: true })).toMatchObject({ status: 200 });
  expect(await call('POST', '/n1/run')).toMatchObject({ status: 200 });
  expect(await call('DELETE', '/n1')).toMatchObject({ status: 200 });
  expect(home.sent).toMatchObject([
    { name: 'schedule add', data: { serverId: 's1', ...terms } },
    { name: 'schedule edit', data: { serverId: 's1', schedule: 'n1', paused: true } },
    { name: 'schedule run', data: { serverId: 's1', schedule: 'n1' } },
    { name: 'schedule rm', data: { serverId: 's1', schedule: 'n1' } },
  ]);
});

it('are changed only as they were read, by the mark that the queue compares', async () => {
  const path = '/v1/servers/s1/schedules/n1';
  const one = await home.call('GET', path, { token });
  const etag = String(one.headers['etag']);
  expect(one.json).toMatchObject({ id: 'n1', etag });
  const { json } = await call('GET');
  expect(json.schedules).toMatchObject([{ etag }, { etag: expect.not.stringContaining(etag) }]);
  home.schedules = [{ ...nightly, serverId: 's1', next: 1, last: { due: 1, at: 2, outcome: 'done' } }];
  expect((await home.call('GET', path, { token })).headers['etag']).toBe(etag); // it has only run
  home.schedules = [{ ...nightly, serverId: 's1', isPaused: true }];
  expect((await home.call('GET', path, { token })).headers['etag']).not.toBe(etag);

  home.obey = async () => { throw new PinkyError('changed_meanwhile', 'schedule n1 was changed'); };
  const change = (method: string, end: string, match: string, body?: object) => home.call(method, `${path}${end}`, {
    token,
    ...(body && { body }),
    headers: { prefer: 'wait=5', 'if-match': match },
  });
  const refused = { status: 412, json: { code: 'changed_meanwhile' } };
  expect(await change('PATCH', '', etag, { paused: true })).toMatchObject(refused);
  expect(await change('DELETE', '', etag)).toMatchObject(refused);
  expect(await change('POST', '/run', etag)).toMatchObject(refused);
  const ifMark = etag.slice(1, -1);
  expect(home.sent.map(({ data }) => data['ifMark'])).toEqual([ifMark, ifMark, ifMark]);
  expect(await change('DELETE', '', 'W/"7"')).toMatchObject(refused);
  home.obey = async () => ({});
  expect(await change('DELETE', '', '*')).toMatchObject({ status: 200 });
  expect(home.sent.map(({ data }) => data['ifMark'])).toEqual([ifMark, ifMark, ifMark, undefined]);
  expect((await home.call('GET', '/v1/servers/s1/schedules/gone', { token })).status).toBe(404);
});

it('are refused at once with what is wrong, and where there is none', async () => {
  const answer = await call('POST', '', { when: '61 4 * * *', do: 'restart' });
  expect(answer).toMatchObject({ status: 400, json: { code: 'bad_command' } });
  expect(answer.json.detail).toContain('minute');
  const unknown = await call('POST', '', { when: '@daily', do: 'explode' });
  expect(unknown).toMatchObject({ status: 400, json: { field: 'do' } });
  expect(await call('PATCH', '/gone', { paused: true })).toMatchObject({ status: 404, json: { code: 'not_found' } });
  expect(home.sent).toEqual([]);
});

it('do nothing that the token may not do at once', async () => {
  const control = home.token({ verbs: ['read', 'control'], servers: ['s1'] });
  const as = (method: string, end: string, body?: unknown) => call(method, end, body, control);
  expect(await as('POST', '', { when: '@daily', do: [{ console: 'op me' }] })).toMatchObject({ status: 403 });
  expect(await as('POST', '', { when: '@daily', do: 'backup' })).toMatchObject({ status: 403 });
  expect(await as('POST', '/c1/run')).toMatchObject({ status: 403 });
  expect(await as('PATCH', '/c1', { when: '* * * * *' })).toMatchObject({ status: 403 });
  expect(await as('POST', '', { when: '@daily', do: 'restart' })).toMatchObject({ status: 200 });
  expect(await as('DELETE', '/c1')).toMatchObject({ status: 200 });
});
