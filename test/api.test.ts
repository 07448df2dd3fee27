import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from './box/real-box';

// A real box with its API, as `pinky up` starts it. No start waits for the API, so the tests do.
let box: RealBox;
let url: string;
let token: string;

beforeAll(async () => {
  assertBuilt();
  box = new RealBox('api:\n  address: 127.0.0.1:0\nports:\n  first: 22400\n  step: 1\n  count: 20\n');
  await box.pinky(['up', '--daemonize']);
  token = (await box.pinky(['token', 'create', 'test', '--allow', 'admin'])).answer.token;
  url = await listening();
});
afterAll(() => box.end());

const listening = (): Promise<string> =>
  until('the API listens', async () => (await box.pinky(['api', 'address'])).answer.url as string | undefined);

async function call(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  // Each route has its own answer, and each test says what it expects.
  const json: any = await response.json(); // eslint-disable-line typescript/no-explicit-any
  return { status: response.status, headers: response.headers, json };
}

const wait = { prefer: 'wait=60' };

/** Has something changed, and follows its job to the end, however slow the machine is. */
async function change(method: string, path: string, body?: object) {
  const { json } = await call(method, path, body);
  const job = await until(`the job of ${method} ${path} is over`, async () => {
    const now = (await call('GET', `/v1/jobs/${json.id}`)).json;
    return now.state === 'done' || now.state === 'failed' ? now : undefined;
  }, { everyMs: 200 });
  return job.result ?? job.error;
}

it('is shown by `ps` with its address, and takes no part in the state of the box', async () => {
  const { answer } = await box.pinky(['ps']);
  const api = answer.processes.find(({ role }: { role: string }) => role === 'api');
  expect(api).toMatchObject({ state: 'running', address: url.slice('http://'.length) });
  expect(readFileSync(`/proc/${api.pid}/cmdline`, 'utf8')).toMatch(/^pinky: api \[box 1\] 127\.0\.0\.1:\d+/);
  expect((await call('GET', '/readyz')).json).toMatchObject({ isReady: true, redis: 'connected' });
});

it('defines, starts and steers a server', async () => {
  const asked = await change('POST', '/v1/servers', { serverId: 'first', funpack: 'emberhollow' });
  expect(asked).toMatchObject({ serverId: 'first', state: 'up', port: 22_400 });
  const { json: server } = await call('GET', '/v1/servers/first');
  expect(server).toMatchObject({ state: 'up', wanted: 'up', game: 'emberhollow', explain: { state: 'up' } });
  expect((await call('GET', '/v1/box')).json).toMatchObject({ box: '1', servers: { up: 1 }, phase: 'running' });
  expect(await call('POST', '/v1/servers/first/broadcast', { message: 'hello' }, wait)).toMatchObject({ status: 200 });
  expect(await call('POST', '/v1/servers/first/tell', { user: 'nobody', message: 'x' }, wait)).toMatchObject({
    status: 404,
    json: { code: 'no_such_player' },
  });
});

it('makes, pins, verifies and restores backups', async () => {
  expect(await change('POST', '/v1/servers/first/backups')).toMatchObject({ state: 'up' });
  const { json } = await call('GET', '/v1/servers/first/backups');
  expect(json.backups).toMatchObject([{ kind: 'full', isClean: true }]);
  const { seconds } = json.backups[0];
  const one = `/v1/servers/first/backups/${seconds}`;
  expect(await change('POST', `${one}/pin`, { because: 'a test' })).toMatchObject({ backup: { pinnedUntil: 'ever' } });
  expect(await change('DELETE', `${one}?discard=true`)).toMatchObject({ code: 'backup_kept' });
  expect(await change('POST', `${one}/verify`)).toMatchObject({ files: 1 });
  expect(await change('POST', `${one}/restore`)).toMatchObject({ wasStopped: true, state: 'up' });
});

it('tells a monitoring system what the queue has to do, and how long a backup took', async () => {
  const metrics = async (): Promise<string> =>
    (await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${token}` } })).text();
  await until('nothing is left to do', async () => /^pinky_events_waiting 0$/m.test(await metrics()));
  expect(await metrics()).toMatch(/^pinky_commands_waiting 0$/m);
  expect(await metrics()).toMatch(/^pinky_command_duration_seconds_count{command="start",way="socket"} [1-9]/m);
  expect(await metrics()).toMatch(/^pinky_backup_duration_seconds_count [1-9]/m);
});

it('may be killed: games go on, and it comes back at the same place', async () => {
  const { json: before } = await call('GET', '/v1/servers/first');
  const { answer } = await box.pinky(['ps']);
  process.kill(answer.processes.find(({ role }: { role: string }) => role === 'api').pid, 'SIGKILL');
  url = await until('another one listens', async () => {
    const address = (await box.pinky(['api', 'address'])).answer;
    return address.url;
  });
  expect((await call('GET', '/v1/servers/first')).json).toMatchObject({ pid: before.pid, state: 'up' });
});

it('ends with the box, and leaves no address behind', async () => {
  expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
  expect((await box.pinky(['api', 'address'])).answer.error).toMatchObject({ code: 'not_running' });
  expect(execFileSync('ls', [box.file('api')], { encoding: 'utf8' })).not.toContain('address.json');
});
