import { appendFileSync, mkdirSync, rmSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { ApiHome } from '../support/api-home';

let home: ApiHome;
let token: string;
beforeEach(async () => {
  home = new ApiHome();
  mkdirSync(home.paths.events);
  token = home.token();
  await home.start();
});
afterEach(() => home.end());

const idOf = (at: number, server = 's1'): string => `${server}:1796017064636-bba5:${at}`;
const happen = (ids: readonly string[], segment = 1, type = 'chat'): void =>
  appendFileSync(
    join(home.paths.events, `${String(segment).padStart(12, '0')}.jsonl`),
    ids.map((id) => `${JSON.stringify({ type, message: `"id":"s9:x:0"}`, server_id: 's1', id })}\n`).join(''),
  );
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => idOf(from + i));

interface Followed {
  readonly ids: string[];
  readonly response: IncomingMessage;
  end(): void;
}

const follow = (path: string, headers: Record<string, string> = {}, by = token): Promise<Followed> =>
  new Promise((resolve, reject) => {
    const ids: string[] = [];
    const { host, port } = home.server?.address ?? { host: '', port: 0 };
    const sent = request({
      host,
      port,
      path,
      headers: { authorization: `Bearer ${by}`, accept: 'text/event-stream', ...headers },
    }, (response) => {
      let text = '';
      response.on('error', () => undefined); // the test has ended it
      response.on('data', (chunk: Buffer) => {
        const parts = (text + chunk.toString()).split('\n\n');
        text = parts.pop() ?? '';
        ids.push(...parts.flatMap((part) => /^id: (.*)$/m.exec(part)?.[1] ?? []));
      });
      resolve({ ids, response, end: () => sent.destroy() });
    });
    sent.on('error', reject);
    sent.end();
  });

it('come as they happen, and from the last one that was seen, each once', async () => {
  happen(numbered(0, 5));
  const first = await follow('/v1/events');
  happen(numbered(5, 8));
  await until('three have come', () => first.ids.length === 3);
  first.end();
  happen(numbered(8, 500));
  happen(numbered(500, 900), 2);
  const second = await follow('/v1/events', { 'last-event-id': idOf(7) });
  await until('all have come', () => second.ids.length === 892);
  happen(numbered(900, 901), 2);
  await until('so has the next', () => second.ids.length === 893);
  expect([...first.ids, ...second.ids]).toEqual(numbered(5, 901));
  second.end();
});

it('are refused with 410 behind one that is not there any more', async () => {
  happen(numbered(0, 5));
  happen(numbered(5, 10), 2);
  rmSync(join(home.paths.events, '000000000001.jsonl'));
  const gone = await follow('/v1/events', { 'last-event-id': idOf(2) });
  expect(gone.response.statusCode).toBe(410);
  const answer = await home.call('GET', `/v1/events?after=${idOf(2)}`, { token });
  expect(answer).toMatchObject({ status: 410, json: { code: 'too_old' } });
});

it('are only those that the caller asks for and may have', async () => {
  happen([idOf(0, 's1'), idOf(1, 's2'), idOf(2, 's3')]);
  happen([idOf(3, 's1')], 1, 'crashed');
  const narrow = home.token({ verbs: ['read'], servers: ['s1', 's2'] });
  const list = async (path: string, by = token): Promise<string[]> =>
    (await home.call('GET', path, { token: by })).json.events.map(({ id }: { id: string }) => id);
  expect(await list('/v1/events', narrow)).toEqual([idOf(0, 's1'), idOf(1, 's2'), idOf(3, 's1')]);
  expect(await list('/v1/servers/s2/events', narrow)).toEqual([idOf(1, 's2')]);
  expect(await list('/v1/events?type=crashed,left')).toEqual([idOf(3)]);
  expect(await list(`/v1/events?after=${idOf(0)}&limit=1`)).toEqual([idOf(1, 's2')]);
  expect(await list('/v1/events?limit=2')).toEqual([idOf(2, 's3'), idOf(3)]);
});

it('end for a token that is revoked', async () => {
  const other = home.token({ name: 'short' });
  const { response } = await follow('/v1/events', {}, other);
  const ended = new Promise((resolve) => response.once('close', resolve));
  home.tokens.revoke(home.tokens.list().find(({ name }) => name === 'short')?.id ?? '');
  await ended;
});
