import { existsSync } from 'node:fs';
import { Listener, PinkyError, WebhookFiles, type WebhookState } from '@pinky/protocol';
import { ApiHome } from '../support/api-home';

let home: ApiHome;
let token: string;
let asked: [string, unknown][] = [];
let states: readonly WebhookState[] = [];
let deliverer: Listener | undefined;

beforeAll(async () => {
  home = new ApiHome();
  await home.start();
  token = home.token();
});
afterEach(async () => {
  asked = [];
  await deliverer?.stop();
  deliverer = undefined;
  for (const { id } of new WebhookFiles(home.home).list()) new WebhookFiles(home.home).remove(id);
});
afterAll(() => home.end());

/** The process that delivers, played by the test. */
async function startDeliverer(): Promise<void> {
  deliverer = new Listener(home.paths.webhooksSocket, {
    onRequest: async (method, params) => {
      asked.push([method, params]);
      if (method === 'states') return states;
      if (method === 'failed') {
        const at = '2026-11-30T00:00:00.000Z';
        return [{ id: 'msg_1', at, tries: 10, because: 'it answered 500', types: ['chat'] }];
      }
      if (method === 'test') return { isAccepted: false, status: 500, because: 'it answered 500', ms: 3 };
      if (method === 'again') return { isAccepted: true, status: 204, ms: 3 };
      throw new PinkyError('unsupported', method);
    },
  });
  await deliverer.start();
}

const call = (method: string, path: string, body?: unknown, by = token) => home.call(method, path, { token: by, body });
const url = 'https://hooks.example/pinky?key=hidden';

it('makes a webhook whose secret only the answer to that has', async () => {
  const made = await call('POST', '/v1/webhooks', { url, events: ['crash*'], servers: ['lobby-*'], name: 'mine' });
  expect(made.status).toBe(201);
  const { id, secret, ...shown } = made.json;
  expect(made.headers['location']).toBe(`/v1/webhooks/${id}`);
  expect(secret).toMatch(/^whsec_/);
  expect(shown).toMatchObject({ address: 'https://hooks.example/pinky?…', events: ['crash*'], isEnabled: true });
  expect(new WebhookFiles(home.home).get(id)).toMatchObject({ url, secrets: [{ secret }] });
  const { json, text } = await call('GET', '/v1/webhooks');
  expect(json.webhooks).toMatchObject([{ id, name: 'mine', secrets: [{ madeAt: expect.any(String) }] }]);
  expect(text).not.toMatch(/whsec_|hidden/);
  const more = await call('POST', `/v1/webhooks/${id}/secrets`, { keepHours: 1 });
  expect(more).toMatchObject({ status: 201, json: { secret: expect.stringMatching(/^whsec_/) } });
  expect(more.json.secrets).toHaveLength(2);
});

it('names the field that is wrong', async () => {
  for (const [body, detail] of [
    [{ url: 'nowhere' }, 'url: '],
    [{ url, events: ['chrash'] }, 'events: '],
    [{ url, evnts: ['chat'] }, 'evnts'],
    [{}, 'names nothing'],
  ] as const) {
    const answer = await call('POST', '/v1/webhooks', body);
    expect(answer).toMatchObject({ status: 400, json: { detail: expect.stringContaining(detail) } });
  }
  expect(existsSync(home.paths.webhooks)).toBe(false);
});

it('changes, turns off and removes one', async () => {
  const { id } = (await call('POST', '/v1/webhooks', { url })).json;
  const changed = await call('PATCH', `/v1/webhooks/${id}`, { isEnabled: false, events: ['chat'] });
  expect(changed).toMatchObject({ status: 200, json: { isEnabled: false, events: ['chat'], servers: ['*'] } });
  expect((await call('DELETE', `/v1/webhooks/${id}`)).status).toBe(204);
  for (const method of ['GET', 'DELETE'] as const) {
    expect(await call(method, `/v1/webhooks/${id}`)).toMatchObject({ status: 404, json: { code: 'not_found' } });
  }
});

it('says how one stands as far as the process that delivers does', async () => {
  const { id } = (await call('POST', '/v1/webhooks', { url })).json;
  expect((await call('GET', `/v1/webhooks/${id}`)).json).not.toHaveProperty('state');
  expect(await call('POST', `/v1/webhooks/${id}/test`)).toMatchObject({
    status: 503, json: { code: 'webhooks_unreachable' },
  });
  states = [{
    id, condition: 'failing', waiting: 3, aside: 0, accepted: 7, givenUp: 1, skipped: 0, because: 'it answered 500',
  }];
  await startDeliverer();
  expect((await call('GET', `/v1/webhooks/${id}`)).json.state).toMatchObject({ condition: 'failing', accepted: 7 });
  expect(await call('POST', `/v1/webhooks/${id}/test`)).toMatchObject({
    status: 200, json: { isAccepted: false, status: 500 },
  });
  expect((await call('GET', `/v1/webhooks/${id}/failed`)).json.failed).toMatchObject([{ id: 'msg_1', tries: 10 }]);
  expect((await call('POST', `/v1/webhooks/${id}/failed/msg_1/again`)).json).toMatchObject({ isAccepted: true });
  expect(asked.filter(([method]) => method !== 'states')).toEqual([
    ['test', { webhook: id }],
    ['failed', { webhook: id }],
    ['again', { webhook: id, delivery: 'msg_1' }],
  ]);
});

it('is for the administrators of the whole box', async () => {
  const reader = home.token({ verbs: ['read', 'control', 'define'] });
  const partly = home.token({ servers: ['lobby-*'] });
  for (const other of [reader, partly]) {
    expect((await call('GET', '/v1/webhooks', undefined, other)).status).toBe(403);
    expect((await call('POST', '/v1/webhooks', { url }, other)).status).toBe(403);
  }
});
