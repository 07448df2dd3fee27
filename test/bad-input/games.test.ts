import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { until } from '@pinky/protocol/testing';
import { badInputSetup, obedient } from './setup';

jest.setTimeout(120_000);

const firstPort = 21_200;
const setup = badInputSetup(firstPort);

describe('a box that gets bad games', () => {
  it('gives up on one that exits at once, and shows its last lines', async () => {
    const { box } = setup;
    const funpack = setup.pack('exits', 'echo "no licence"; exit 3');
    const { code, answer } = await box.pinky(['start', 'exits', '--funpack', funpack]);
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
    await setup.expectNothingLeft('exits');
  });

  it('gives up on one that never gets ready', async () => {
    const funpack = setup.pack('never', 'echo loading; exec sleep 600', {
      startTimeoutMs: 400,
      ladder: [{ signal: 'SIGQUIT', waitMs: 100 }],
    });
    const { code, answer } = await setup.box.pinky(['start', 'never', '--funpack', funpack]);
    expect([code, answer]).toEqual([
      1,
      { error: expect.objectContaining({ code: 'start_timeout', details: { lastLines: ['loading'] } }) },
    ]);
    await setup.expectNothingLeft('never');
  });

  it('ends one that ignores both stop and TERM, and everything that it started', async () => {
    const stubborn = setup.pack(
      'stubborn',
      'trap "" TERM; sleep 601 & setsid sleep 602 &\n(setsid setsid sleep 603 &)\necho \'{"event":"started"}\'; ' +
        'while :; do sleep 600; done',
      { stopTimeoutMs: 200, ladder: [{ signal: 'SIGTERM', waitMs: 100 }] },
    );
    expect(await setup.producer.job('start', { serverId: 'stubborn', funpack: stubborn })).toMatchObject({
      ok: { state: 'up' },
    });
    await setup.expectNothingLeft('stubborn');
  });

  it('starts one game where two starts arrive at once', async () => {
    const { producer } = setup;
    const data = { serverId: 'twice', funpack: setup.pack('twice', `sleep 0.2\necho run >>"$HOME/runs"\n${obedient}`) };
    const [first, second] = await Promise.all([producer.job('start', data), producer.job('start', data)]);
    expect(first).toMatchObject({ ok: { state: 'up', pid: expect.any(Number) } });
    expect(second).toMatchObject({ ok: { pid: 'ok' in first ? first.ok['pid'] : 0 } });
    await setup.expectNothingLeft('twice');
  });

  describe('whose port somebody else uses', () => {
    let taken: Server;
    beforeAll(async () => {
      taken = createServer().listen(firstPort, '0.0.0.0');
      // An error means that somebody on this machine has the port already.
      await Promise.race([once(taken, 'listening'), once(taken, 'error')]);
    });
    afterAll(() => taken.close());

    it('skips that port', async () => {
      const started = await setup.producer.job('start', { serverId: 'port', funpack: setup.pack('port', obedient) });
      expect(started).toMatchObject({ ok: { state: 'up' } });
      expect('ok' in started && Number(started.ok['port'])).toBeGreaterThan(firstPort);
      await setup.expectNothingLeft('port');
    });
  });
});

describe('a box that finds wrong pid files', () => {
  const bystanders: ChildProcess[] = [];
  const bystander = (): ChildProcess => {
    const child = spawn('sleep', ['600'], { stdio: 'ignore', env: {} });
    bystanders.push(child);
    return child;
  };
  const isThere = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;
  afterAll(() => {
    for (const each of bystanders) each.kill('SIGKILL');
  });

  it('signals no process that merely has a pid from before', async () => {
    const { box, producer } = setup;
    const [ofGame, ofSupervisor] = [bystander(), bystander()];
    writeFileSync(`${box.servers}/stale.pid`, String(ofGame.pid));
    const started = await producer.job('start', { serverId: 'stale', funpack: setup.pack('stale', obedient) });
    expect(started).toMatchObject({ ok: { state: 'up' } });
    // All of it dies, and both pid files name other processes afterwards.
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
    await setup.expectNothingLeft('stale');
    expect([isThere(ofGame), isThere(ofSupervisor)]).toEqual([true, true]);
  });
});

it('leaves nothing at all when it goes down', () => setup.expectNothingAfterDown());
