import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { assertBuilt, type RealBox } from '../box/real-box';
import { until } from '@pinky/protocol/testing';
import { BadInputBox, obedient } from './bad-input-box';

const isThere = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

describe('a box with bad games or stale pid files', () => {
  let trouble: BadInputBox;
  let box: RealBox;
  const servers: Server[] = [];
  beforeAll(async () => {
    assertBuilt();
    trouble = new BadInputBox(21_220);
    box = trouble.box;
    await trouble.up();
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await trouble.end();
  });

  it('gives up on a game that exits at once, and shows its last lines', async () => {
    const { code, answer } = await box.pinky([
      'start',
      'exits',
      '--funpack',
      trouble.pack('exits', 'echo "no licence"; exit 3'),
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
    await trouble.expectNothingLeft('exits');
  });

  it('gives up on a game that is never ready', async () => {
    const { code, answer } = await box.pinky([
      'start',
      'never',
      '--funpack',
      trouble.pack('never', 'echo loading; exec sleep 600', {
        startTimeoutMs: 400,
        ladder: [{ signal: 'SIGQUIT', waitMs: 100 }],
      }),
    ]);
    expect([code, answer]).toEqual([
      1,
      { error: expect.objectContaining({ code: 'start_timeout', details: { lastLines: ['loading'] } }) },
    ]);
    await trouble.expectNothingLeft('never');
  });

  it('ends a game that obeys neither stop nor TERM, and everything that it started', async () => {
    const ladder = { stopTimeoutMs: 200, ladder: [{ signal: 'SIGTERM', waitMs: 100 }] };
    const stubborn = trouble.pack(
      'stubborn',
      'trap "" TERM; sleep 601 & setsid sleep 602 &\n(setsid setsid sleep 603 &)\necho \'{"event":"started"}\'; ' +
        'while :; do sleep 600; done',
      ladder,
    );
    expect(await trouble.producer.job('start', { serverId: 'stubborn', funpack: stubborn })).toMatchObject({
      ok: { state: 'up' },
    });
    await trouble.expectNothingLeft('stubborn');
  });

  it('starts one game if two starts arrive at the same time', async () => {
    const funpack = trouble.pack('twice', `sleep 0.2\necho run >>"$HOME/runs"\n${obedient}`);
    const start = () => trouble.producer.job('start', { serverId: 'twice', funpack });
    const [first, second] = await Promise.all([start(), start()]);
    expect(first).toMatchObject({ ok: { state: 'up', pid: expect.any(Number) } });
    expect(second).toMatchObject({ ok: { pid: 'ok' in first ? first.ok['pid'] : 0 } });
    await trouble.expectNothingLeft('twice');
  });

  it('does not use a port that another process uses', async () => {
    const taken = createServer();
    servers.push(taken.listen(trouble.firstPort, '0.0.0.0'));
    // on an error another process has the port already
    await Promise.race([once(taken, 'listening'), once(taken, 'error')]);
    const started = await trouble.producer.job('start', { serverId: 'port', funpack: trouble.pack('port', obedient) });
    expect(started).toMatchObject({ ok: { state: 'up' } });
    expect('ok' in started && Number(started.ok['port'])).toBeGreaterThan(trouble.firstPort);
    await trouble.expectNothingLeft('port');
  });

  it('never signals a process that only has the number of an earlier one', async () => {
    const [ofGame, ofSupervisor] = [trouble.bystander(), trouble.bystander()];
    writeFileSync(`${box.servers}/stale.pid`, String(ofGame.pid));
    const funpack = trouble.pack('stale', obedient);
    const started = await trouble.producer.job('start', { serverId: 'stale', funpack });
    expect(started).toMatchObject({ ok: { state: 'up' } });
    // Everything dies, and both pid files name other processes now.
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
    await trouble.expectNothingLeft('stale');
    expect([isThere(ofGame), isThere(ofSupervisor)]).toEqual([true, true]);
  });

  it('leaves nothing at all when it goes down', () => trouble.expectNothingAtAll());
});
