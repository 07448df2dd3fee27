import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, deferred, Listener, PinkyError } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { cli, startCli } from '../cli-run.js';
import { TalkingBox, upStatus } from '../talking-box.js';

describe('commands for one server', () => {
  let box: TalkingBox;
  let deaf: Listener | undefined;
  beforeEach(() => { box = new TalkingBox(); });
  afterEach(async () => {
    await deaf?.stop();
    await box.remove();
  });

  const run = (...args: string[]) => cli([...args, '--home', box.home], { cwd: box.home });
  const sent = (): unknown[] => box.requests.filter((request) => request.method === 'command').map((request) => {
    const { id, ...command } = request.params as { id: string };
    expect(id).toMatch(/^cli:[0-9a-f-]{36}$/);
    return command;
  });
  const obeys = (result: object = {}) =>
    box.listenAsQueue({
      command: (params) => ({
        serverId: (params as { data: { serverId: string } }).data.serverId,
        state: 'up',
        ...result,
      }),
      servers: () => [upStatus('a'), upStatus('b'), upStatus('c', { state: 'starting' })],
    });

  it('says how to write a folder that is here, where no funpack of that name is installed', async () => {
    await box.listenAsQueue({ command: () => { throw new PinkyError('not_found', 'there is no pond in /x'); } });
    mkdirSync(join(box.home, 'pond'));
    const start = () => run('start', 'a', '--funpack', 'pond');
    expect((await start()).err).toContain('there is no pond in /x\n');
    writeFileSync(join(box.home, 'pond', 'funpack.json'), '{}');
    expect((await start()).err).toContain('there is no pond in /x; write ./pond for the folder of that name here');
  });

  it('starts with everything that was asked for, and makes paths absolute', async () => {
    await obeys({ port: 10_000, pid: 77 });
    const { code, out } = await run(
      'start',
      's1',
      '--funpack',
      './packs/game',
      '--set',
      'seed=42',
      '--set',
      'name=my world',
      '--ram',
      '512:1024',
      '--world',
      'new',
      '--funpack-id',
      'f1',
    );
    expect([code, out]).toEqual([0, 's1 is up on port 10000 (pid 77)\n']);
    expect(sent()).toEqual([
      {
        name: 'start',
        data: {
          serverId: 's1',
          funpack: join(box.home, 'packs/game'),
          settings: { seed: 42, name: 'my world' },
          ram: { min: 512, max: 1024 },
          world: 'new',
          funpackId: 'f1',
        },
      },
    ]);
  });

  it.each([
    [['stop', 's1'], { name: 'stop', data: { serverId: 's1' } }],
    [['restart', 's1'], { name: 'restart', data: { serverId: 's1' } }],
    [['start', 's1'], { name: 'start', data: { serverId: 's1' } }],
    [['start', 's1', '--port', '10300'], { name: 'start', data: { serverId: 's1', port: 10_300 } }],
    [['rm', 's1'], { name: 'rm', data: { serverId: 's1' } }],
    [
      ['rm', 's1', '--with-backups', '--discard'],
      { name: 'rm', data: { serverId: 's1', withBackups: true, discard: true } },
    ],
    [['backup', 's1'], { name: 'backup', data: { serverId: 's1' } }],
    [
      ['tell', 's1', 'al ice', 'hello', 'there'],
      { name: 'tell', data: { serverId: 's1', user: 'al ice', message: 'hello there' } },
    ],
    [['kick', 's1', 'bob'], { name: 'kick', data: { serverId: 's1', user: 'bob', message: '' } }],
    [['broadcast', 's1', 'hi', 'all'], { name: 'broadcast', data: { serverId: 's1', message: 'hi all' } }],
  ])('sends %j', async (args, command) => {
    await obeys();
    expect((await run(...args)).code).toBe(0);
    expect(sent()).toEqual([command]);
  });

  it('asks whether another server was meant', async () => {
    box.serverFolder('first');
    await box.listenAsQueue({ command: (params) => {
      if ((params as { name: string }).name === 'stop') return { serverId: 'frist', state: 'down', already: true };
      throw new PinkyError('not_running', 'server frist is down');
    } });
    expect((await run('stop', 'frist')).out).toBe('frist was down already; did you mean first?\n');
    expect(await run('list', 'frist')).toMatchObject({
      code: 3,
      err: expect.stringContaining('server frist is down; did you mean first?'),
    });
  });

  it('broadcasts to every server that is up', async () => {
    await obeys();
    const { code, out } = await run('broadcast', '--all', 'five', 'minutes');
    expect([code, out]).toEqual([0, 'a heard it\nb heard it\n']);
    expect(sent()).toEqual(
      ['a', 'b'].map((serverId) => ({ name: 'broadcast', data: { serverId, message: 'five minutes' } })),
    );
  });

  it('closes its connection on Ctrl-C, which would keep the process until the answer comes', async () => {
    const [asked, left] = [deferred<void>(), deferred<void>()];
    deaf = new Listener(boxPaths(box.home).queueSocket, {
      onRequest: () => {
        asked.resolve();
        return new Promise(() => undefined);
      },
      onClose: () => left.resolve(),
    });
    await deaf.start();
    const start = startCli(['start', 's1', '--funpack', 'x', '--home', box.home]);
    await asked.promise;
    start.interrupt();
    expect(await start.done).toBe(130);
    await left.promise;
  });

  it('shows the progress of long work on a terminal, and clears it away', async () => {
    await box.listenAsQueue({ command: async (_params, progress) => {
      for (let done = 0; done <= 4; done++)
        progress({ label: 'downloading\u001b[2J', done: done * 2 ** 20, total: 4 * 2 ** 20 });
      return { serverId: 's1', state: 'up' };
    } });
    const args = ['start', 's1', '--funpack', 'x', '--home', box.home];
    const { out, err } = await cli(args, { isTerminal: true, env: { NO_COLOR: '1' } });
    expect(out).toBe('s1 is up\n');
    expect(err).toMatch(/downloading \[■+\] 100% 4 MiB of 4 MiB/);
    expect((await cli(args)).err).toBe('');
  });

  it('lists who is connected, one name per line or as JSON', async () => {
    await obeys({ players: ['alice', 'bob'] });
    expect((await run('list', 's1')).out).toBe('alice\nbob\n');
    expect(JSON.parse((await run('list', 's1', '--json')).out)).toEqual({
      serverId: 's1',
      state: 'up',
      players: ['alice', 'bob'],
    });
  });

  it('says that nobody is connected, but not in the list of names', async () => {
    await obeys({ players: [] });
    expect(await run('list', 's1')).toEqual({ code: 0, out: '', err: 'nobody is connected to s1\n' });
  });

  it('prints what was backed up', async () => {
    await obeys({ backup: { url: 'file:/b/s1.tar.lzo', size: 2048, sha256: 'ab' } });
    expect((await run('backup', 's1')).out).toBe('s1 is backed up\nbackup: file:/b/s1.tar.lzo (2 KiB, sha256 ab)\n');
  });

  it('prints an error with its code, its sentence and what to do, and exits accordingly', async () => {
    await box.listenAsQueue({ command: () => { throw new PinkyError('not_running', 'server s1 is down'); } });
    expect(await run('stop', 's1')).toEqual({
      code: 3,
      out: '',
      err: 'pinky: not_running: server s1 is down\nwhat to do: start the server first\n',
    });
    const { code, out, err } = await run('stop', 's1', '--json');
    expect([code, JSON.parse(out), err]).toEqual([
      3,
      { error: { code: 'not_running', message: 'server s1 is down', remedy: 'start the server first' } },
      '',
    ]);
  });

  it('shows the last lines of a game that failed, without control sequences', async () => {
    const lastLines = ['loading\u001b[2J', 'no \u009b31mmemory'];
    await box.listenAsQueue({
      command: () => {
        throw new PinkyError('crash_loop', 'it exited once too often', { details: { lastLines } });
      },
    });
    const start = ['start', 's1', '--funpack', 'x'];
    expect((await run(...start)).err).toBe(
      'pinky: crash_loop: it exited once too often\nits last lines:\n  | loading\n  | no memory\nwhat to do: the ' +
        'game crashed too often; its last console lines are in the error\n',
    );
    expect(JSON.parse((await run(...start, '--json')).out)).toMatchObject({
      error: { code: 'crash_loop', details: { lastLines: ['loading', 'no memory'] } },
    });
  });

  it.each([
    [['stop', '../../etc'], 'bad_server_id'],
    [['tell', 's1', 'bob', 'two\nlines'], 'bad_text'],
    [['start', 's1', '--funpack', 'x', '--set', 'nonsense'], 'bad_command'],
    [['start', 's1', '--funpack', 'x', '--ram', 'much'], 'bad_command'],
    [['start', 's1', '--port', '70000'], 'bad_command'],
    [['broadcast', 's1'], 'bad_command'],
    [['logs', 's1', '-n', 'x'], 'bad_command'],
  ])('refuses %j as %s before anybody is asked', async (args, code) => {
    await obeys();
    const { code: exit, err } = await run(...args);
    expect([exit, err]).toEqual([2, expect.stringContaining(`pinky: ${code}: `)]);
    expect(sent()).toEqual([]);
  });

  it.each([[['nonsense']], [['start']], [['stop']], [['tell', 's1', 'bob']], [['stop', 's1', '--what']]])(
    'exits with 2 for %j and says what is wrong',
    async (args) => {
      const { code, err } = await run(...args);
      expect([code, err]).toEqual([2, expect.stringMatching(/^pinky: bad_command: [^]*what to do: `pinky [^]*--help/)]);
      expect(JSON.parse((await run(...args, '--json')).out)).toMatchObject({ error: { code: 'bad_command' } });
    },
  );

  it('takes no id beside --all, since it would become part of the message', async () => {
    await obeys();
    expect(await run('broadcast', '--all', 'a', 'hello')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/bad_command: .* a is the id of one/) as string,
    });
    expect(sent()).toEqual([]);
    expect(await run('broadcast', '--all', 'a hello')).toMatchObject({ code: 0 });
    expect(sent()).toHaveLength(2);
  });

  it('says that a running server has a change later', async () => {
    await box.listenAsQueue({
      command: () => ({
        serverId: 's1',
        state: 'up',
        already: true,
        appliesAtNextStart: true,
      }),
    });
    const start = ['start', 's1', '--funpack', './pack', '--set', 'motd=hi'];
    expect((await run(...start)).err).toMatch(/^note: the change is written down and applies at the next start/);
  });

  it('waits while the queue restarts, and sends a command again under its own id when the connection ' +
    'breaks', async () => {
    const ids: unknown[] = [];
    const path = boxPaths(box.home).queueSocket;
    const broken = new Listener(path, { onRequest: async (_method, params) => {
      ids.push((params as { id: string }).id);
      await broken.stop();
    } });
    await broken.start();
    const stopping = startCli(['stop', 's1', '--home', box.home]);
    await until('it was sent', () => ids.length > 0);
    await box.listenAsQueue({
      command: (params) => {
        ids.push((params as { id: string }).id);
        return { serverId: 's1', state: 'down' };
      },
    });
    expect(await stopping.done).toBe(0);
    expect(stopping.out()).toBe('s1 is down\n');
    expect(ids).toEqual([ids[0], ids[0]]);
  });

  it('ends at once on Ctrl-C, with its exit code', async () => {
    await box.listenAsQueue({ command: () => new Promise(() => undefined) });
    const stopping = startCli(['stop', 's1', '--home', box.home]);
    await until('it was sent', () => box.requests.length > 0);
    stopping.interrupt();
    expect(await stopping.done).toBe(130);
    expect(stopping.err()).toBe('the box goes on with it; `pinky explain s1` shows its progress\n');
  });
});
