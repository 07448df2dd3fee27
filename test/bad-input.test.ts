import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { boxPaths, requestOnce } from '@pinky/protocol';
import { Producer } from './box/producer';
import { assertBuilt, RealBox } from './box/real-box';
import { lzop, tar, type TarEntry } from './box/tar';
import { until } from './box/until';

jest.setTimeout(30_000);

const firstPort = 21_100;
const options = `ports: {first: ${firstPort}, step: 1, count: 60}
crash_loop: {limit: 2, first_backoff: 10ms, max_backoff: 20ms}
`;
/** A game that is ready at once, writes down what it hears, and stops when told to. */
const obedient =
  'echo \'{"event":"started"}\'\nwhile read -r line; do echo "$line" >>heard; [ "$line" = stop ] && exit 0; done';

const manifest = (more: object = {}): string =>
  JSON.stringify({ name: 'trouble', version: '1', stopTimeoutMs: 5_000, ...more });
const good: readonly TarEntry[] = [
  { path: 'funpack.json', text: manifest() },
  { path: 'bin/run', text: `#!/bin/sh\n${obedient}\n`, mode: 0o755 },
];
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('a box that is given bad input', () => {
  let box: RealBox;
  let producer: Producer;
  const servers: (Server | HttpServer)[] = [];
  const bystanders: ChildProcess[] = [];

  beforeAll(async () => {
    assertBuilt();
    box = new RealBox(options);
    for (const dir of ['packs', 'archives']) mkdirSync(box.file(dir));
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    producer = new Producer(box.home);
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    for (const bystander of bystanders) bystander.kill('SIGKILL');
    await box.end();
  });

  /** A funpack in a folder, whose game is a shell script. */
  const pack = (name: string, run: string, more: object = {}): string => {
    const dir = box.file('packs', name);
    mkdirSync(`${dir}/bin`, { recursive: true });
    writeFileSync(`${dir}/funpack.json`, manifest(more));
    writeFileSync(`${dir}/bin/run`, `#!/bin/sh\n${run}\n`);
    chmodSync(`${dir}/bin/run`, 0o755);
    return dir;
  };
  const archive = (name: string, data: Buffer): string => {
    writeFileSync(box.file('archives', name), data);
    return box.file('archives', name);
  };
  const bystander = (): ChildProcess => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore', env: {} });
    bystanders.push(child);
    return child;
  };
  const isThere = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

  /** Neither files, processes, ports nor keys of a server are left once it was stopped. */
  const expectNothingLeft = async (id: string): Promise<void> => {
    expect(await producer.job('stop', { serverId: id })).toMatchObject({ ok: { state: 'down' } });
    await until(`the folder of ${id} is gone`, () => !existsSync(`${box.servers}/${id}`));
    expect(readdirSync(box.servers).filter((name) => name === id || name.startsWith(`${id}.`))).toEqual([]);
    const ofServer = (): number[] =>
      box
        .processes()
        .filter((pid) =>
          ['environ', 'cmdline'].some(
            (file) => existsSync(`/proc/${pid}/${file}`) && mentions(`/proc/${pid}/${file}`, `/servers/${id}/`),
          ),
        );
    await until(`the processes of ${id} are gone`, () => ofServer().length === 0);
    await until(
      `the keys of ${id} are gone`,
      async () => (await producer.keysOf(id)).filter((key) => !key.endsWith(':cursor')).length === 0,
    );
    expect(
      namesIn(boxPaths(box.home).ports).filter(
        (port) => readFileSync(`${boxPaths(box.home).ports}/${port}`, 'utf8') === id,
      ),
    ).toEqual([]);
  };

  describe('as commands', () => {
    it.each(['../../etc', '..', '.', 'a/b', 'x'.repeat(65), 'a b', 'ä', 'a\n'])(
      'refuses the server id %j on the command line and in the queue, and makes no file',
      async (id) => {
        const before = readdirSync(box.home);
        expect(await producer.job('start', { serverId: id, funpack: 'emberhollow' })).toEqual({
          code: 'bad_server_id',
        });
        if (id === '../../etc') {
          expect(await box.pinky(['start', id, '--funpack', 'emberhollow'])).toMatchObject({
            code: 2,
            answer: { error: { code: 'bad_server_id' } },
          });
        }
        expect([readdirSync(box.servers), readdirSync(box.home)]).toEqual([[], before]);
      },
    );

    it.each([
      ['dance', { serverId: 'a' }, 'unknown_command'],
      ['__proto__', { serverId: 'a' }, 'unknown_command'],
      ['start', 'text', 'bad_command'],
      ['start', { serverId: 'a' }, 'bad_command'],
      ['start', { serverId: 'a', funpack: 7 }, 'bad_command'],
      ['start', { serverId: 'a', funpack: 'emberhollow', ram: 'much' }, 'bad_command'],
      ['stop', null, 'bad_command'],
      ['start', { serverId: 'a', funpack: 'no-such-funpack' }, 'not_found'],
      ['start', { serverId: 'a', funpack: 'ftp://127.0.0.1/x.tar' }, 'bad_url'],
      ['start', { serverId: 'a', funpack: 'emberhollow', settings: { maxPlayers: 'many' } }, 'bad_settings'],
      ['tell', { serverId: 'a', user: 'bob', message: 'hi' }, 'not_running'],
    ])('answers the job %s %j with %s', async (name, data, code) => {
      expect(await producer.job(name, data)).toEqual({ code });
      await expectNothingLeft('a');
    });

    it('answers every item of the list that makes no sense, and goes on with the next', async () => {
      const codes = await producer.items([
        'not json',
        '[]',
        '7',
        '""',
        Buffer.from([0xff, 0xfe]),
        '{"name":"dance","serverId":"a"}',
        '{"name":"stop","serverId":"../../etc"}',
        '{"name":"start"}',
        '{"name":"stop","serverId":"a"}',
      ]);
      expect(codes).toEqual([
        'bad_command',
        'bad_command',
        'bad_command',
        'bad_command',
        'bad_command',
        'unknown_command',
        'bad_server_id',
        'bad_command',
        undefined,
      ]);
    });

    it('lets no line break through to a game', async () => {
      expect(await producer.job('start', { serverId: 'talk', funpack: pack('talk', obedient) })).toMatchObject({
        ok: { state: 'up' },
      });
      for (const bad of ['hi\nstop', 'hi\rstop', 'hi\u0000', '\u001b[2J', 'hi\u2028stop'])
        expect(await producer.job('broadcast', { serverId: 'talk', message: bad })).toEqual({ code: 'bad_text' });
      expect(await producer.job('tell', { serverId: 'talk', user: 'bob\nstop', message: 'hi' })).toEqual({
        code: 'bad_text',
      });
      expect(await box.pinky(['broadcast', 'talk', 'hi\nstop'])).toMatchObject({
        code: 2,
        answer: { error: { code: 'bad_text' } },
      });
      expect(await producer.job('broadcast', { serverId: 'talk', message: 'hello' })).toMatchObject({
        ok: { state: 'up' },
      });
      await until('the game has heard it', () => box.text('servers/talk/working/heard').includes('\n'));
      expect(box.text('servers/talk/working/heard')).toBe('say hello\n');
      await expectNothingLeft('talk');
    });
  });

  describe('as funpacks', () => {
    it('takes a good archive, and says how far it is', async () => {
      const seen = new Set<string>();
      const data = { serverId: 'fine', funpack: archive('fine.tar.lzo', lzop(tar(good), box.file('scratch'))) };
      const answer = requestOnce(
        { path: boxPaths(box.home).queueSocket },
        'command',
        { name: 'start', data, id: 'fine-1' },
        { deadlineMs: 20_000, onProgress: ({ label }) => void seen.add(label) },
      );
      expect(await answer).toMatchObject({ state: 'up' });
      expect([...seen]).toContain('unpack');
      await expectNothingLeft('fine');
    });

    it('refuses each bad archive with its own code, and leaves nothing of it', async () => {
      const packed = lzop(tar([...good, { path: 'world', text: 'x'.repeat(300_000) }]), box.file('scratch'));
      const corrupt = Buffer.from(packed);
      corrupt.fill(0x55, packed.length >> 1, (packed.length >> 1) + 16);
      const outside = box.file('evil');
      const cases: readonly (readonly [name: string, data: Buffer, code: string, sha?: string])[] = [
        ['dots.tar', tar([...good, { path: '../../../../evil', text: 'x' }]), 'unsafe_archive'],
        ['hidden-dots.tar', tar([...good, { path: 'bin/../../evil', text: 'x' }]), 'unsafe_archive'],
        ['absolute.tar', tar([...good, { path: outside, text: 'x' }]), 'unsafe_archive'],
        [
          'escaping-link.tar',
          tar([...good, { path: 'world', link: '../../../../..' }, { path: 'world/evil', text: 'x' }]),
          'unsafe_archive',
        ],
        ['absolute-link.tar', tar([...good, { path: 'world', link: '/etc' }]), 'unsafe_archive'],
        [
          'escaping-hard-link.tar',
          tar([...good, { path: 'world', link: '../../../effective.json', isHard: true }]),
          'unsafe_archive',
        ],
        ['truncated.tar.lzo', packed.subarray(0, packed.length >> 1), 'bad_archive'],
        ['truncated-header.tar.lzo', packed.subarray(0, 20), 'bad_archive'],
        ['corrupt.tar.lzo', corrupt, 'bad_archive'],
        ['empty.tar.lzo', Buffer.alloc(0), 'bad_archive'],
        ['truncated.tar', tar(good).subarray(0, 700), 'bad_archive'],
        ['other-sum.tar', tar(good), 'checksum_mismatch', sha256(Buffer.from('another archive'))],
        ['no-run.tar', tar([{ path: 'funpack.json', text: manifest() }]), 'bad_funpack'],
        ['no-json.tar', tar([{ path: 'funpack.json', text: '{"name":' }, good[1] ?? { path: 'x' }]), 'bad_funpack'],
        ['no-manifest.tar', tar([good[1] ?? { path: 'x' }]), 'bad_funpack'],
      ];
      const outcomes = await Promise.all(cases.map(async ([name, data, code, sha], i) => {
        const outcome = await producer.job('start', {
          serverId: `pack${i}`,
          funpack: archive(name, data),
          ...(sha !== undefined && { funpackSha256: sha }),
        });
        return [name, outcome, { code }] as const;
      }));
      const whole = cases.filter(([, , code]) => code === 'bad_funpack').length;
      for (const [name, outcome, expected] of outcomes) expect([name, outcome]).toEqual([name, expected]);
      expect(await box.pinky(['start', 'cut', '--funpack', box.file('archives/truncated.tar.lzo')])).toMatchObject({
        code: 1,
        answer: {
          error: {
            code: 'bad_archive',
            message: expect.stringContaining(box.file('archives/truncated.tar.lzo')) as string,
          },
        },
      });
      const faulty = await box.pinky(['start', 'cut', '--funpack', box.file('archives/no-json.tar')]);
      expect(faulty.answer).toMatchObject({
        error: {
          message: expect.stringContaining(
            `funpack ${box.file('archives/no-json.tar')}: funpack.json: is not JSON`,
          ) as string,
        },
      });
      await Promise.all([...cases.keys()].map((i) => expectNothingLeft(`pack${i}`)));
      await expectNothingLeft('cut');
      expect(existsSync(outside)).toBe(false);
      expect(namesIn(join(boxPaths(box.home).funpackCache, '.incoming'))).toEqual([]);
      const cached = namesIn(boxPaths(box.home).funpackCache).filter((name) => !name.startsWith('.'));
      // the good one, and those whose archive is in order though the funpack is not
      expect(cached).toHaveLength(1 + whole);
    });

    it('says what is wrong with an address: nothing there, nobody there, another SHA-256', async () => {
      const data = tar(good);
      const web = createHttpServer((request, response) => {
        if (request.url === '/there.tar') response.end(data);
        else response.writeHead(404).end('no');
      });
      servers.push(web.listen(0, '127.0.0.1'));
      await once(web, 'listening');
      const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`; // it listens on TCP
      const start = (serverId: string, more: object) => producer.job('start', { serverId, ...more });
      expect(
        await Promise.all([
          start('web0', { funpack: `${url}/away.tar` }),
          start('web1', { funpack: 'http://127.0.0.1:1/x.tar' }),
          start('web2', { funpackUrl: `${url}/there.tar`, funpackSha256: sha256(Buffer.from('x')) }),
          start('web3', { funpack: `${url}/there.tar`, funpackSha256: sha256(data) }),
        ]),
      ).toEqual([
        { code: 'not_found' },
        { code: 'download_failed' },
        { code: 'checksum_mismatch' },
        { ok: expect.objectContaining({ state: 'up' }) },
      ]);
      for (const i of [0, 1, 2, 3]) await expectNothingLeft(`web${i}`);
    });
  });

  describe('as games', () => {
    it('gives up on one that exits at once, with its last lines', async () => {
      const { code, answer } = await box.pinky([
        'start',
        'exits',
        '--funpack',
        pack('exits', 'echo "no licence"; exit 3'),
      ]);
      expect([code, answer]).toEqual([
        1,
        {
          error: expect.objectContaining({
            code: 'crash_loop',
            details: { lastLines: expect.arrayContaining(['no licence']) },
          }),
        },
      ]);
      expect(await box.pinky(['explain', 'exits'])).toMatchObject({
        code: 0,
        answer: { state: 'failed', failure: { code: 'crash_loop' } },
      });
      await expectNothingLeft('exits');
    });

    it('gives up on one that never gets ready', async () => {
      const { code, answer } = await box.pinky([
        'start',
        'never',
        '--funpack',
        pack('never', 'echo loading; exec sleep 600', {
          startTimeoutMs: 400,
          ladder: [{ signal: 'SIGQUIT', waitMs: 100 }],
        }),
      ]);
      expect([code, answer]).toEqual([
        1,
        { error: expect.objectContaining({ code: 'start_timeout', details: { lastLines: ['loading'] } }) },
      ]);
      await expectNothingLeft('never');
    });

    it('ends one that obeys neither stop nor TERM, and everything that it started', async () => {
      const ladder = { stopTimeoutMs: 200, ladder: [{ signal: 'SIGTERM', waitMs: 100 }] };
      const stubborn = pack(
        'stubborn',
        'trap "" TERM; sleep 601 & setsid sleep 602 &\n(setsid setsid sleep 603 &)\necho \'{"event":"started"}\'; ' +
          'while :; do sleep 600; done',
        ladder,
      );
      expect(await producer.job('start', { serverId: 'stubborn', funpack: stubborn })).toMatchObject({
        ok: { state: 'up' },
      });
      await expectNothingLeft('stubborn');
    });

    it('starts one game where two starts arrive at once', async () => {
      const data = { serverId: 'twice', funpack: pack('twice', `sleep 0.2\necho run >>"$HOME/runs"\n${obedient}`) };
      const [first, second] = await Promise.all([producer.job('start', data), producer.job('start', data)]);
      expect(first).toMatchObject({ ok: { state: 'up', pid: expect.any(Number) } });
      expect(second).toMatchObject({ ok: { pid: 'ok' in first ? first.ok['pid'] : 0 } });
      await expectNothingLeft('twice');
    });

    it('passes over a port that somebody else uses', async () => {
      const taken = createServer();
      servers.push(taken.listen(firstPort, '0.0.0.0'));
      // or else somebody on this machine has it already
      await Promise.race([once(taken, 'listening'), once(taken, 'error')]);
      const started = await producer.job('start', { serverId: 'port', funpack: pack('port', obedient) });
      expect(started).toMatchObject({ ok: { state: 'up' } });
      expect('ok' in started && Number(started.ok['port'])).toBeGreaterThan(firstPort);
      await expectNothingLeft('port');
    });
  });

  describe('as pid files', () => {
    it('signals nobody who merely has a number that it once knew', async () => {
      const [ofGame, ofSupervisor] = [bystander(), bystander()];
      writeFileSync(`${box.servers}/stale.pid`, String(ofGame.pid));
      const started = await producer.job('start', { serverId: 'stale', funpack: pack('stale', obedient) });
      expect(started).toMatchObject({ ok: { state: 'up' } });
      // All of it dies, and both pid files name others by now.
      const redis = Number(box.text('redis/redis.pid'));
      for (const pid of [Number(box.text('supervisor.pid')), ...box.processes()])
        if (pid !== redis && box.processes().includes(pid)) process.kill(pid, 'SIGKILL');
      await until('all are dead', () => box.processes().every((pid) => pid === redis));
      writeFileSync(`${box.servers}/stale.pid`, String(ofGame.pid));
      writeFileSync(box.file('supervisor.pid'), String(ofSupervisor.pid));
      expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
      await until('the game runs again', async () =>
        (await box.pinky(['ps'])).answer.servers.some(
          (server: { serverId: string; state: string; pid: number }) =>
            server.serverId === 'stale' && server.state === 'up' && server.pid !== ofGame.pid,
        ),
      );
      await expectNothingLeft('stale');
      expect([isThere(ofGame), isThere(ofSupervisor)]).toEqual([true, true]);
    });
  });

  it('leaves nothing at all when it goes down', async () => {
    await producer.end();
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
    expect(box.processes()).toEqual([]);
    expect(readdirSync(box.servers)).toEqual([]);
    expect(namesIn(boxPaths(box.home).ports)).toEqual([]);
    expect(readdirSync(box.home).filter((name) => /\.(sock|tmp|new)$|^effective\.json\.\d+$/.test(name))).toEqual([]);
  });
});

/** Names in a folder that may not have been made. */
const namesIn = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir) : []);

function mentions(file: string, text: string): boolean {
  try {
    return readFileSync(file, 'latin1').includes(text);
  } catch {
    return false; // gone meanwhile
  }
}
