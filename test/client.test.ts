import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BoxClient, BoxProblem, type BoxEvent, type ConsoleLine, type Job } from '@pinky/client';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox, root } from './box/real-box';

// A real box, whose API is killed and replaced while the client speaks to it. It comes back at the same address.
const options = 'api:\n  address: 127.0.0.1:22459\nports:\n  first: 22430\n  step: 1\n  count: 20\n';

let box: RealBox;
let url: string;
let token: string;
let client: BoxClient;
beforeAll(async () => {
  assertBuilt();
  box = new RealBox(options);
  await box.pinky(['up', '--daemonize']);
  token = (await box.pinky(['token', 'create', 'test', '--allow', 'admin'])).answer.token;
  url = await until('the API listens', async () => (await box.pinky(['api', 'address'])).answer.url as string);
  client = new BoxClient({ url, token });
});
afterAll(() => box.end());

const apiPid = async (): Promise<number | undefined> => {
  const { answer } = await box.pinky(['ps']);
  return answer.processes.find(({ role }: { role: string }) => role === 'api')?.pid;
};
let endedPid: number | undefined;
const endApi = async (signal: 'SIGKILL' | 'SIGUSR1'): Promise<void> => {
  endedPid = await until('an API runs', apiPid);
  process.kill(endedPid, signal);
};
/** A read is repeated for a second only, and the API that ends may still answer. */
const apiIsBack = () => until('another API answers', async () => {
  const pid = await apiPid();
  if (pid === undefined || pid === endedPid) return false;
  return fetch(`${url}/healthz`).then(async (answer) => { await answer.text(); return answer.ok; }, () => false);
});
const flood = (count: number) => client.change((api) => api.POST('/v1/servers/{id}/console', {
  params: { path: { id: 'first' } },
  body: { line: `debug flood ${count}` },
}));
const problemOf = (refused: Promise<unknown>): Promise<BoxProblem> => refused.then(
  () => { throw new Error('it was not refused'); },
  (failure: unknown) => {
    if (failure instanceof BoxProblem) return failure;
    throw failure;
  },
);

it('has the types of the very document that the box serves', async () => {
  const made = JSON.parse(readFileSync(join(root, 'packages/client/dist/openapi.json'), 'utf8'));
  expect((await client.api.GET('/openapi.json')).data).toEqual(made);
  const types = readFileSync(join(root, 'packages/client/dist/api.d.cts'), 'utf8');
  for (const path of Object.keys(made.paths)) expect(types).toContain(`    ${JSON.stringify(path)}: {`);
});

it('has a change made, tells how far it is, and gives its result', async () => {
  const jobs: Job[] = [];
  const started = await client.change((api) => api.POST('/v1/servers', {
    body: { serverId: 'first', funpack: 'emberhollow', settings: { debug: true } },
  }), { onJob: (job) => jobs.push(job) });
  expect(started).toMatchObject({ serverId: 'first', state: 'up', port: 22_430 });
  expect(jobs[0]).toMatchObject({ command: 'start', serverId: 'first' });
  expect(jobs.at(-1)).toMatchObject({ state: 'done', id: jobs[0]?.id, result: started });
  const { data } = await client.api.GET('/v1/servers', { params: { query: { state: 'up' } } });
  expect(data?.servers.map(({ serverId, game }) => [serverId, game])).toEqual([['first', 'emberhollow']]);
});

it('throws every refusal and failure with its code and the way out', async () => {
  const id = { path: { id: 'first' } };
  const tell = (user: string) => client.change((api) =>
    api.POST('/v1/servers/{id}/tell', { params: id, body: { user, message: 'hi' } }));
  expect(await problemOf(tell(''))).toMatchObject({ code: 'bad_request', status: 400, field: 'user' });
  expect(await problemOf(tell('nobody'))).toMatchObject({ code: 'no_such_player', jobId: expect.any(String) });
  const followed = client.change((api) => api.POST('/v1/servers/{id}/kick', { params: id, body: { user: 'nobody' } }), {
    onJob: () => undefined,
  });
  expect(await problemOf(followed)).toMatchObject({ code: 'no_such_player', remedy: expect.stringMatching(/\w/) });
  const absent = { params: { path: { id: 'absent' } } };
  expect(await problemOf(client.api.GET('/v1/servers/{id}', absent))).toMatchObject({ code: 'not_found', status: 404 });
  const stranger = new BoxClient({ url, token: 'wrong' });
  const reads = (by: BoxClient) => [by.api.GET('/v1/servers'), by.console('first').next(), by.events().next()];
  const unauthorized = { code: 'unauthorized', status: 401 };
  expect(await Promise.all(reads(stranger).map(problemOf))).toMatchObject([unauthorized, unauthorized, unauthorized]);
  const nowhere = new BoxClient({ url: 'http://127.0.0.1:22458', token, patienceMs: 0 });
  const unreachable = { code: 'unreachable', status: 0 };
  expect(await Promise.all(reads(nowhere).map(problemOf))).toMatchObject([unreachable, unreachable, unreachable]);
  expect(() => new BoxClient({ url: '127.0.0.1:7465', token })).toThrow(/url: .* is no address/);
});

it('makes a change once, though the API is killed in the middle of it', async () => {
  const { data: before } = await client.api.GET('/v1/servers/{id}', { params: { path: { id: 'first' } } });
  let isKilled: Promise<void> | undefined;
  const restarted = client.change((api) => api.POST('/v1/servers/{id}/restart', {
    params: { path: { id: 'first' } },
  }), { onJob: () => { isKilled ??= endApi('SIGKILL'); } });
  expect(await restarted).toMatchObject({ state: 'up' });
  await isKilled;
  await apiIsBack();
  const { data: after } = await client.api.GET('/v1/servers/{id}', { params: { path: { id: 'first' } } });
  expect(after?.pid).not.toBe(before?.pid);
  const query = { type: 'stopping', limit: 1000 };
  const { data } = await client.api.GET('/v1/servers/{id}/events', { params: { path: { id: 'first' }, query } });
  expect(data?.events).toHaveLength(1);
});

it('gives each event once and in order, while the API is replaced and killed', async () => {
  const ended = new AbortController();
  const seen: BoxEvent[] = [];
  const { data: last } = await client.api.GET('/v1/events', { params: { query: { limit: 1 } } });
  const after = String(last?.events[0]?.['id']);
  const reading = (async () => {
    for await (const event of client.events({ serverId: 'first', types: ['chat'], after, signal: ended.signal }))
      seen.push(event);
  })();
  for (const signal of ['SIGUSR1', 'SIGKILL'] as const) {
    await flood(200);
    await endApi(signal);
    await flood(200);
  }
  await until('all have come', () => seen.length >= 800);
  ended.abort();
  await reading;
  await apiIsBack();
  const numbers = Array.from({ length: 200 }, (_, i) => `line ${i + 1}`);
  expect(seen.map(({ message }) => message)).toEqual([...numbers, ...numbers, ...numbers, ...numbers]);
  expect(new Set(seen.map(({ id }) => id)).size).toBe(800);
});

it('gives each line of a console once and in order, while the API is replaced', async () => {
  const ended = new AbortController();
  const lines: ConsoleLine[] = [];
  const states: string[] = [];
  const { data: end } = await client.api.GET('/v1/servers/{id}/console', {
    params: { path: { id: 'first' }, query: { tail: 1 } },
  });
  const from = end?.next ?? '';
  const reading = (async () => {
    for await (const message of client.console('first', { from, signal: ended.signal })) {
      if (message.type === 'line') lines.push(message);
      if (message.type === 'state') states.push(message.state);
    }
  })();
  for (let round = 0; round < 3; round++) {
    await flood(500);
    await endApi('SIGUSR1');
  }
  await until('all have come', () => lines.filter(({ text }) => text.includes('flood')).length >= 1_500);
  ended.abort();
  await reading;
  await apiIsBack();
  const { data } = await client.api.GET('/v1/servers/{id}/console', {
    params: { path: { id: 'first' }, query: { from, limit: 10_000 } },
  });
  expect(lines.map(({ type: _type, ...line }) => line)).toEqual(data?.lines.slice(0, lines.length));
  expect(states).toContain('up');
});

it('ends what is open when its token is revoked', async () => {
  const { answer } = await box.pinky(['token', 'create', 'short', '--allow', 'read']);
  const short = new BoxClient({ url, token: answer.token });
  const [events, console] = [short.events(), short.console('first')];
  await console.next();
  const [waiting, reading] = [events.next(), (async () => { for await (const _ of console); })()];
  const refused = [problemOf(waiting), problemOf(reading)];
  expect(await box.pinky(['token', 'revoke', answer.id])).toMatchObject({ code: 0 });
  for (const one of refused) expect(await one).toMatchObject({ code: 'unauthorized' });
});
