import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { serverPaths } from '@pinky/protocol';
import { ApiHome, statusOf } from '../support/api-home';

const [older, newer] = ['1767225600000-aaaa', '1767229200000-bbbb'];
const at = (minute: number): string => new Date(Date.UTC(2026, 0, 1, 1, minute)).toISOString();

let home: ApiHome;
let token: string;
beforeAll(async () => {
  home = new ApiHome();
  home.define('s1');
  home.statuses = [statusOf('s1')];
  const history = join(home.paths.history('s1'), 'journal');
  mkdirSync(history, { recursive: true });
  const note = (type: string, ts: string, more: object) => `${JSON.stringify({ type, ts, at: 70, ...more })}\n`;
  writeFileSync(join(history, `${older}.jsonl`),
    note('launched', at(0), { pid: 7 }) +
    note('crashed', at(1), { code: 3, how: 'exited with code 3', last_lines: ['höher', 'boom'], restart_in_ms: 0 }));
  const { journal } = serverPaths(home.config.servers, 's1').run(newer);
  mkdirSync(dirname(journal), { recursive: true });
  writeFileSync(journal,
    note('start_failed', at(5), { code: 'prepare_failed', message: 'bin/prepare failed' }) +
    note('silent', at(18), {
      how: 'had been silent for 180 s', threads: ['process 7, thread 7 (game) sleeps'], last_lines: ['tick'],
    }) +
    note('crashed', at(19), { signal: 'SIGKILL', how: 'was ended', stacks: ['main', ' at Loop:7'], last_lines: [] }) +
    note('crash_loop', at(20), {
      signal: 'SIGKILL', how: 'was ended by the kernel', reason: 'out_of_memory', limit: 100, peak: 99,
      memory_curve: [[10, 50], [1, 99]], last_lines: [],
    }) + '{"type":"crashed","ts"');
  const samples = join(home.paths.history('s1'), 'samples');
  mkdirSync(samples);
  writeFileSync(join(samples, 'newest.log'), `${Date.parse(at(19)) / 1_000} 90 95 2\n`);
  mkdirSync(home.paths.events);
  const event = (id: string, type: string, ts: string): string =>
    `${JSON.stringify({ type, server_id: 's1', ts }).slice(0, -1)},"id":"${id}"}\n`;
  appendFileSync(join(home.paths.events, '000000000001.jsonl'),
    event(`s1:${older}:4`, 'chat', at(0)) + event(`s1:${newer}:9`, 'player_connected', at(6)));
  token = home.token({ verbs: ['read'], servers: ['s*'] });
  await home.start();
});
afterAll(() => home.end());

const crashes = (end = '', server = 's1') => home.call('GET', `/v1/servers/${server}/crashes${end}`, { token });

it('are listed, the newest first, from the run that is there and from the history', async () => {
  const { json, headers } = await crashes('?limit=4');
  expect(json.crashes).toMatchObject([
    { type: 'crash_loop', at: at(20), run: newer, words: 'the game was ended by the kernel', signal: 'SIGKILL' },
    { type: 'crashed', words: 'the game was ended' },
    { type: 'silent', words: 'the game had been silent for 180 s' },
    { type: 'start_failed', words: 'bin/prepare failed', errorCode: 'prepare_failed' },
  ]);
  const next = /after=([^&>]+)/.exec(String(headers['link']))?.[1];
  expect((await crashes(`?limit=4&after=${next}`)).json.crashes).toMatchObject([
    { type: 'crashed', exitCode: 3, words: 'the game exited with code 3', restartInMs: 0 },
  ]);
});

it('have a report with what the game said, what it used, and what came before', async () => {
  const [kernel, hung, silent, , code] = (await crashes()).json.crashes;
  expect((await crashes(`/${code.id}`)).json).toMatchObject({
    lastLines: ['höher', 'boom'],
    console: `${older}:70`,
    events: [{ type: 'chat' }],
    curve: { times: [] },
  });
  expect((await crashes(`/${kernel.id}`)).json).toMatchObject({
    memory: { limitBytes: 100, peakBytes: 99, curve: [[10, 50], [1, 99]] },
    curve: { cpuPercent: [90], memoryBytes: [95], players: [2] },
    events: [{ type: 'player_connected' }],
    changes: [],
  });
  expect((await crashes(`/${silent.id}`)).json).toMatchObject({ threads: ['process 7, thread 7 (game) sleeps'] });
  expect((await crashes(`/${hung.id}`)).json).toMatchObject({ stacks: ['main', ' at Loop:7'] });
  expect(code).not.toHaveProperty('stacks');
});

it('are told apart from what there is not', async () => {
  expect(await crashes('/1767225600000-aaaa:j1')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  expect(await crashes('', 's9')).toMatchObject({ status: 404 });
  expect(await crashes('', 'other')).toMatchObject({ status: 404 });
});

describe('a report that is removed', () => {
  const ids = async (): Promise<string[]> => (await crashes()).json.crashes.map(({ id }: { id: string }) => id);
  const remove = (end: string, as = home.token({ verbs: ['define'], servers: ['s1'] })) =>
    home.call('DELETE', `/v1/servers/s1/crashes${end}`, { token: as });

  it('is gone for everybody, also after a restart of the API, and the others stay', async () => {
    const [first, second, ...others] = await ids();
    expect(await remove(`/${second}`)).toMatchObject({ status: 204, text: '' });
    expect(await ids()).toEqual([first, ...others]);
    expect(await crashes(`/${second}`)).toMatchObject({ status: 404, json: { code: 'not_found' } });
    expect(await remove(`/${second}`)).toMatchObject({ status: 404, json: { detail: expect.stringContaining('s1') } });
    await home.server?.stop();
    await home.start();
    expect(await ids()).toEqual([first, ...others]);
  });

  it('needs more than `read`, and leaves a line in the audit log', async () => {
    const [first] = await ids();
    expect(await remove(`/${first}`, token)).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    expect(await ids()).toContain(first);
    const { json } = await home.call('GET', '/v1/audit', { token: home.token() });
    expect(json.entries).toContainEqual(expect.objectContaining({
      method: 'DELETE',
      path: expect.stringMatching(/^\/v1\/servers\/s1\/crashes\/.+:j\d+$/),
      status: 204,
      serverId: 's1',
    }));
  });

  it('takes those before it along, and never one that nobody has seen', async () => {
    const [newest, next] = await ids();
    expect(await remove('?upTo=nothing')).toMatchObject({ status: 404 });
    const answers = await Promise.all([remove(`?upTo=${next}`), remove(`/${newest}`)]);
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    expect(await ids()).toEqual([]);
    expect(await remove('')).toMatchObject({ status: 204 });
  });

  it('is forgotten when the history has forgotten its run', async () => {
    const file = join(home.paths.history('s1'), 'removed-crashes.json');
    const runs = (): string[] => JSON.parse(readFileSync(file, 'utf8')).map((id: string) => id.split(':')[0]);
    expect(runs().toSorted()).toEqual([older, newer, newer, newer, newer]);
    rmSync(join(home.paths.history('s1'), 'journal', `${older}.jsonl`));
    const { journal } = serverPaths(home.config.servers, 's1').run(newer);
    appendFileSync(journal, `"}\n${JSON.stringify({ type: 'silent', ts: at(30), at: 90 })}\n`);
    expect(await remove('')).toMatchObject({ status: 204 });
    expect(runs()).toEqual([newer, newer, newer, newer, newer]);
  });
});
