import { PinkyError, type DistributionView } from '@pinky/protocol';
import { ApiHome } from '../support/api-home';

const view: DistributionView = {
  id: 'd1a2b3c4d5e6',
  funpack: 'https://packs.example.org/game.tar.gz',
  sha256: 'a'.repeat(64),
  group: 'eu',
  waveSize: 5,
  enoughPercent: 75,
  state: 'running',
  createdAt: Date.UTC(2026, 0, 1),
  waves: 1,
  counts: {
    boxes: 2,
    waiting: 0,
    queued: 0,
    away: 1,
    fetching: 1,
    retrying: 0,
    done: 0,
    failed: 0,
    skipped: 0,
  },
};
const boxes: DistributionView['boxes'] = [
  {
    box: 'a',
    state: 'fetching',
    since: view.createdAt,
    wave: 1,
    progress: { phase: 'funpack', bytes: 5, totalBytes: 9 },
  },
  { box: 'b', state: 'away', since: view.createdAt, wave: 1 },
];

let home: ApiHome;
let token: string;
beforeEach(async () => {
  home = new ApiHome();
  home.obey = async ({ name, data }) => {
    if (name !== 'distributions') return { distribution: { ...view, boxes } };
    if (data['distribution'] === undefined) return { distributions: [view] };
    if (data['distribution'] === view.id) return { distributions: [{ ...view, boxes }] };
    throw new PinkyError('not_found', 'there is no such distribution');
  };
  token = home.token();
  await home.start();
});
afterEach(() => home.end());

const call = (method: string, end = '', body?: unknown, as = token) =>
  home.call(method, `/v1/distributions${end}`, {
    token: as,
    ...(body !== undefined && { body }),
    headers: { prefer: 'wait=5' },
  });
const order = { funpack: 'https://packs.example.org/game.tar.gz?key=1', sha256: 'a'.repeat(64), group: 'eu' };

it('are listed, and one of them box by box', async () => {
  const createdAt = '2026-01-01T00:00:00.000Z';
  expect((await call('GET')).json).toEqual({ distributions: [{ ...view, createdAt }] });
  expect((await call('GET', `/${view.id}`)).json).toEqual({
    ...view,
    createdAt,
    boxes: boxes?.map((each) => ({ ...each, since: createdAt })),
  });
  expect(await call('GET', '/d0')).toMatchObject({ status: 404, json: { code: 'not_found' } });
});

it('are begun and cancelled by jobs, whose ids are those of their commands', async () => {
  expect(await call('POST', '', { ...order, waveSize: 2 })).toMatchObject({
    status: 200,
    json: { distribution: { id: view.id } },
  });
  expect(await call('DELETE', `/${view.id}`)).toMatchObject({ status: 200 });
  const plain = await home.call('POST', '/v1/distributions', {
    token,
    body: order,
    headers: { 'idempotency-key': 'rollout-7' },
  });
  expect(plain).toMatchObject({ status: 202, headers: { location: '/v1/jobs/rollout-7' } });
  expect(home.sent).toMatchObject([
    { name: 'distribute', data: { ...order, waveSize: 2 } },
    { name: 'distribution cancel', data: { distribution: view.id } },
    { name: 'distribute', data: order, id: 'rollout-7' },
  ]);
});

it.each([
  [{ ...order, boxes: ['a'] }, 'bad_command', 'distribute: it takes either boxes or group'],
  [{ ...order, sha256: undefined }, 'bad_command', /^distribute: sha256 is missing, or md5/],
  [{ ...order, funpack: 'emberhollow' }, 'bad_url', /emberhollow is no address that every box reaches/],
  [{ ...order, wavesize: 2 }, 'bad_request', /wavesize is not a field of this request/],
])('are refused at once where nothing is meant: %j', async (body, code, detail) => {
  const { status, json } = await call('POST', '', body);
  expect([status, json.code]).toEqual([400, code]);
  expect(json.detail).toMatch(detail);
  expect(home.sent).toEqual([]);
});

it('need a token that allows everything, because other boxes fetch', async () => {
  const less = home.token({ verbs: ['define', 'read'] });
  for (const [method, end] of [['GET', ''], ['POST', ''], ['DELETE', `/${view.id}`]] as const) {
    expect(await call(method, end, method === 'POST' ? order : undefined, less)).toMatchObject({ status: 403 });
  }
});

it('say that the queue is away, and when to ask again', async () => {
  await home.stopQueue();
  const { status, headers } = await call('GET');
  expect([status, headers['retry-after']]).toEqual([503, expect.stringMatching(/^\d+$/)]);
});
