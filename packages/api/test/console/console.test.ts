import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { WebSocket } from 'ws';
import { ApiHome, statusOf } from '../support/api-home';

const runs = ['1796017064636-bba5', '1796017064637-0001'] as const;
let home: ApiHome;
let token: string;
beforeEach(async () => {
  home = new ApiHome();
  home.define('s1');
  home.statuses = [statusOf('s1', { players: ['ada'], port: 31_000 })];
  token = home.token();
  await home.start();
});
afterEach(() => home.end());

const print = (text: string, run: string = runs[0]): void => {
  const paths = serverPaths(home.config.servers, 's1').run(run);
  mkdirSync(paths.dir, { recursive: true });
  appendFileSync(paths.console, text);
};
const keep = (run: string, start: number, text: string): void => {
  const dir = join(home.paths.history('s1'), 'console');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, `${run}.${String(start).padStart(12, '0')}.log`), text);
};
const get = async (query: string) => home.call('GET', `/v1/servers/s1/console${query}`, { token });
const textsOf = ({ json }: { json: { lines: { text: string }[] } }): string[] => json.lines.map(({ text }) => text);

interface Viewer {
  readonly socket: WebSocket;
  // Each message has fields of its own, and each test says what it expects.
  readonly messages: any[]; // eslint-disable-line typescript/no-explicit-any
  of(type: string): any[]; // eslint-disable-line typescript/no-explicit-any
  end(): void;
}

const view = (query = '', by = token, headers: Record<string, string> = {}): Promise<Viewer> =>
  new Promise((resolve, reject) => {
    const { port = 0 } = home.server?.address ?? {};
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/servers/s1/console/live${query}`, {
      headers: { authorization: `Bearer ${by}`, ...headers },
    });
    const messages: { type: string }[] = [];
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString())));
    socket.on('error', reject);
    const of = (type: string) => messages.filter((message) => message.type === type);
    socket.on('open', () => resolve({ socket, messages, of, end: () => socket.terminate() }));
  });

describe('the history of a console', () => {
  it('has no secret of its server, and no search finds one', async () => {
    home.define('s1', { settings: { rconPassword: 'hunter2-rcon', motd: 'hello' } });
    print('the password is hunter2-rcon\nhello\n');
    expect(textsOf(await get('?tail=2'))).toEqual(['the password is ***', 'hello']);
    expect(textsOf(await get('?q=hunter2'))).toEqual([]);
  });

  it('is read by its end, from a place on, and by a text, across runs', async () => {
    keep(runs[0], 0, 'one\ntwo\nthree\n');
    print('four\nFive is here\n', runs[1]);
    expect(textsOf(await get('?tail=2'))).toEqual(['four', 'Five is here']);
    expect(textsOf(await get('?tail=4'))).toEqual(['two', 'three', 'four', 'Five is here']);
    const page = await get(`?from=${runs[0]}:4&limit=1`);
    expect(page.json).toMatchObject({ lines: [{ run: runs[0], offset: 4, end: 8, text: 'two' }], hasMore: true });
    expect(textsOf(await get(`?from=${page.json.next}`))).toEqual(['three', 'four', 'Five is here']);
    expect(textsOf(await get('?q=five'))).toEqual(['Five is here']);
    expect(await get('?from=nonsense')).toMatchObject({ status: 400, json: { field: 'from' } });
  });

  it('says that it holds nothing of a run that is gone or never was', async () => {
    print('four\n', runs[1]);
    expect(await get(`?from=${runs[0]}:4`)).toMatchObject({ status: 410, json: { code: 'too_old' } });
    expect(textsOf(await get(`?from=${runs[1]}:0`))).toEqual(['four']);
  });

  it('is not there for a server that nobody knows', async () => {
    expect(await home.call('GET', '/v1/servers/s9/console', { token })).toMatchObject({ status: 404 });
  });
});

describe('a live console', () => {
  it('shows what was said and what is said, and its state', async () => {
    print('one\ntwo\nhalf');
    const viewer = await view();
    await until('two lines have come', () => viewer.of('line').length === 2);
    expect(viewer.of('state')).toEqual([{ type: 'state', state: 'up', players: ['ada'], port: 31_000 }]);
    print(' a line\n');
    await until('the rest has come', () => viewer.of('line').length === 3);
    expect(viewer.of('line')[2]).toEqual({ type: 'line', run: runs[0], offset: 8, end: 20, text: 'half a line' });
    print('again\n', runs[1]);
    await until('the next run has come', () => viewer.of('line').some(({ text }) => text === 'again'));
    expect(viewer.of('run').at(-1)).toMatchObject({ run: runs[1], startedAt: expect.stringMatching(/^2026/) });
    viewer.end();
  });

  it('loses and doubles nothing over 100 reconnections while a thousand lines a second come', async () => {
    print('');
    let said = 0;
    const game = setInterval(() => {
      const from = said;
      said += 50;
      print(Array.from({ length: 50 }, (_, i) => `line ${from + i}\n`).join(''));
    }, 50);
    const seen: string[] = [];
    let from = `${runs[0]}:0`;
    try {
      for (let connection = 0; connection < 100; connection++) {
        const viewer = await view(`?from=${from}`);
        await until('some lines have come', () => viewer.of('line').length > 0, { everyMs: 1 });
        viewer.end();
        const lines = viewer.of('line');
        seen.push(...lines.map(({ text }) => text));
        from = `${lines.at(-1).run}:${lines.at(-1).end}`;
      }
    } finally {
      clearInterval(game);
    }
    const rest = await view(`?from=${from}`);
    await until('the rest has come', () => seen.length + rest.of('line').length === said);
    rest.end();
    seen.push(...rest.of('line').map(({ text }) => text));
    expect(seen).toEqual(Array.from({ length: said }, (_, i) => `line ${i}`));
    expect(said).toBeGreaterThan(1_000);
  });

  it('sends lines that are there together in one message, where the viewer wants it so', async () => {
    print('one\ntwo\n');
    const viewer = await view(`?batch=true&from=${runs[0]}:0`);
    await until('they came', () => viewer.of('lines').length > 0);
    expect(viewer.of('lines')).toEqual([{
      type: 'lines',
      lines: [{ run: runs[0], offset: 0, end: 4, text: 'one' }, { run: runs[0], offset: 4, end: 8, text: 'two' }],
    }]);
    print('three\n');
    await until('the next one came', () => viewer.of('lines').length > 1);
    expect(viewer.of('lines').at(-1).lines).toMatchObject([{ offset: 8, text: 'three' }]);
    expect(viewer.of('line')).toEqual([]);
    viewer.end();
  });

  it('says what the history has no more', async () => {
    keep(runs[0], 1_000, 'late\n');
    const viewer = await view(`?from=${runs[0]}:10`);
    await until('a line has come', () => viewer.of('line').length === 1);
    expect(viewer.of('skipped')).toEqual([{ type: 'skipped', run: runs[0], from: 10, to: 1_000 }]);
    viewer.end();
  });

  it('waits for a viewer that says how far it is', async () => {
    print('x'.repeat(1_000).concat('\n').repeat(4_000));
    const viewer = await view(`?from=${runs[0]}:0`);
    viewer.socket.send(JSON.stringify({ type: 'ack', run: runs[0], offset: 0 }));
    await until('the first part has come', () => viewer.of('line').length >= 1_000);
    const before = viewer.of('line').length;
    await until('the state was told', () => viewer.of('state').length > 0);
    expect(before).toBeLessThan(4_000);
    const acknowledge = setInterval(() => {
      const last = viewer.of('line').at(-1);
      viewer.socket.send(JSON.stringify({ type: 'ack', run: last.run, offset: last.end }));
    }, 5);
    await until('all have come', () => viewer.of('line').length === 4_000).finally(() => clearInterval(acknowledge));
    viewer.end();
  });

  it('passes lines on to the game for those who may, and refuses others', async () => {
    print('one\n');
    const [mine, theirs] = [await view(), await view('', home.token({ verbs: ['read'] }))];
    for (const { socket } of [mine, theirs]) socket.send(JSON.stringify({ type: 'input', id: 7, line: 'say hi' }));
    await until('both have an answer', () => mine.of('accepted').length + theirs.of('refused').length === 2);
    expect(theirs.of('refused')).toEqual([{ type: 'refused', code: 'forbidden', id: 7 }]);
    expect(home.sent.map(({ name, data }) => [name, data])).toEqual([['console', { serverId: 's1', line: 'say hi' }]]);
    for (const viewer of [mine, theirs]) viewer.end();
  });

  it('is closed for a revoked token, and never opened for a page of another place', async () => {
    print('one\n');
    const viewer = await view('', home.token({ name: 'short' }));
    const closed = new Promise((resolve) => viewer.socket.once('close', resolve));
    home.tokens.revoke(home.tokens.list().find(({ name }) => name === 'short')?.id ?? '');
    await closed;
    expect(viewer.of('revoked')).toHaveLength(1);
    await expect(view('', token, { origin: 'http://evil.example' })).rejects.toThrow(/403/);
    await expect(view('', 'wrong')).rejects.toThrow(/401/);
  });
});
