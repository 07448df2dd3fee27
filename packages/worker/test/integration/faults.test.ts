import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';

describe('games that misbehave', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const types = (): string[] => box.queue.events('one').map(({ type }) => type);

  it('gives up on a game that exits at once, with its last lines and a code, and tries again when it is told ' +
    'to', async () => {
    box.startWorker('one');
    const pack = box.funpack('exits-at-once.sh');
    for (let attempt = 1; attempt <= 2; attempt++) {
      await expect(box.start('one', pack)).rejects.toMatchObject({
        code: 'crash_loop',
        details: { lastLines: ['cannot find my files'] },
      });
      expect(await box.queue.event('one', 'crash_loop', attempt)).toMatchObject({
        code: 3,
        last_lines: ['cannot find my files'],
      });
      expect(types().filter((type) => type === 'crashed')).toHaveLength(4 * attempt);
      await box.queue.status(
        'one',
        ({ state, wanted, restarts }) => state === 'failed' && wanted === 'down' && restarts === 4,
      );
    }
    expect(await box.stop('one')).toMatchObject({ state: 'down' });
    expect((await box.queue.event('one', 'stopped'))['how']).toBeUndefined();
    await box.nothingLeft('one');
  });

  it('stays failed across its worker\'s death', async () => {
    const worker = box.startWorker('one');
    await expect(box.start('one', box.funpack('exits-at-once.sh'))).rejects.toMatchObject({ code: 'crash_loop' });
    const before = await box.queue.status('one', ({ state }) => state === 'failed');
    const killedAt = Date.now();
    await worker.kill();
    box.queue.statuses.clear();
    box.startWorker('one');
    const after = await box.queue.status('one', ({ state }) => state === 'failed');
    expect(after.since).toBeLessThan(killedAt);
    expect(after).toMatchObject({ because: before.because, next: before.next });
    await expect(box.command('list', { serverId: 'one' })).rejects.toMatchObject({ code: 'not_running' });
  });

  it('ends a game that does not get ready in time', async () => {
    box.startWorker('one');
    await expect(box.start('one', box.funpack('never-ready.sh', { startTimeoutMs: 1_500 }))).rejects.toMatchObject({
      code: 'start_timeout',
      details: { lastLines: ['loading for ever'] },
    });
    expect(await box.queue.event('one', 'start_failed')).toMatchObject({
      code: 'start_timeout',
      last_lines: ['loading for ever'],
    });
    await box.queue.status('one', ({ state }) => state === 'failed');
    await until('its wrapper ended too', () => box.traces('one').every((left) => !left.startsWith('process')));
  });

  it('stops a server whose game is being ended because it was not ready', async () => {
    box.startWorker('one');
    const start = box.start(
      'one',
      box.funpack(
        'ignores-term.sh',
        { startTimeoutMs: 100, ladder: [{ signal: 'QUIT', waitMs: 600_000 }] },
        { run: "trap '' QUIT; while [ ! -e ../may-end ]; do sleep 0.1; done" },
      ),
    );
    await until('QUIT was sent', () => box.log().some((line) => line.includes('"game.signal"')));
    const stop = box.stop('one', { id: 'stop' });
    await box.takenUp('one', 'stop');
    writeFileSync(join(box.paths('one').dir, 'may-end'), '');
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    await box.nothingLeft('one');
  });

  it('kills a game that is silent for too long, and launches it again', async () => {
    await box.up('one', box.funpack('silent.sh', { silenceTimeoutMs: 150 }));
    await box.queue.event('one', 'silent');
    expect(await box.queue.event('one', 'crashed')).toMatchObject({
      signal: 'SIGKILL',
      how: 'was ended by SIGKILL (it had been silent for 0.15 s)',
    });
    await box.queue.event('one', 'started', 2);
  });

  it('does not take a game for silent, or for not ready in time, that has spoken while the worker itself stood ' +
    'still', async () => {
    const speak = `while :; do echo still here; echo >>../spoken; sleep 0.2; done`;
    const pack = box.funpack(
      'silent.sh',
      { startTimeoutMs: 2_500, silenceTimeoutMs: 2_500 },
      { run: `while [ ! -e ../go ]; do sleep 0.1; done; echo '{"event":"started"}'; ${speak}` },
    );
    const worker = box.startWorker('one');
    const start = box.start('one', pack);
    await box.queue.event('one', 'launched');
    const spoken = (): number =>
      existsSync(join(box.paths('one').dir, 'spoken')) ? statSync(join(box.paths('one').dir, 'spoken')).size : 0;
    const standStill = async (): Promise<void> => {
      worker.signal('SIGSTOP');
      writeFileSync(join(box.paths('one').dir, 'go'), '');
      const before = spoken();
      await until('the game has spoken for longer than it may be silent', () => spoken() >= before + 16);
      worker.signal('SIGCONT');
    };
    await standStill();
    const { pid } = await start;
    await standStill();
    await box.command('broadcast', { serverId: 'one', message: 'hello' });
    expect(box.queue.events('one').map(({ type }) => type)).toEqual(['preparing', 'launched', 'started']);
    expect(box.pidFile('one')).toBe(pid);
  });

  it('ends a game that ignores TERM, its stop command and QUIT, rung by rung', async () => {
    await box.up(
      'one',
      box.funpack('ignores-term.sh', {
        stopTimeoutMs: 50,
        ladder: [
          { signal: 'TERM', waitMs: 50 },
          { signal: 'QUIT', waitMs: 50 },
        ],
      }),
    );
    await box.stop('one');
    expect(await box.queue.event('one', 'stopped')).toMatchObject({ signal: 'SIGKILL' });
    await box.nothingLeft('one');
  });

  it('tells who speaks to a game that does not read, and stops it all the same', async () => {
    await box.up('one', box.funpack('closes-stdin.sh', { stopTimeoutMs: 50 }));
    await box.stop('one');
    await box.nothingLeft('one');
  });

  it('reads 100 MB without a newline in little memory', async () => {
    const { worker } = await box.up('one', box.funpack('prints-100-mb-without-newline.cjs'));
    const { privateBytes } = await import('./processes.js');
    expect(privateBytes(worker.pid)).toBeLessThan(60e6);
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ state: 'up' });
  });

  it('reads bytes that are not UTF-8 as replacement characters', async () => {
    await box.up('one', box.funpack('prints-invalid-utf8.sh'));
    expect(await box.queue.event('one', 'info')).toMatchObject({ message: 'caf\uFFFD' });
  });

  it('reads JSON of the wrong type as text, and lets no game pretend to be another', async () => {
    await box.up('one', box.funpack('prints-json-of-wrong-types.sh'));
    await box.queue.event('one', 'started');
    // one warning for each kind of event that lacks what it must have
    expect(types().filter((type) => type !== 'warning')).toEqual(['preparing', 'launched', 'info', 'started']);
    expect(box.queue.events('one', 'warning').map(({ fault }) => fault)).toEqual([
      'chat with an unusable user',
      'player_connected with an unusable user',
      'players_list with an unusable players',
    ]);
    const [info] = box.queue.events('one', 'info');
    expect(info).toMatchObject({ server_id: 'one', pinky_id: 'test', type: 'info' });
    expect(info?.id).toMatch(/^one:\d{13}-[0-9a-f]{4}:\d+$/);
  });

  it('is not fooled by a game that rewrites its title', async () => {
    const { worker, game } = await box.up('one', box.funpack('rewrites-its-title.cjs'));
    await worker.kill();
    box.startWorker('one');
    await box.queue.status('one', ({ pid, state }) => pid === game && state === 'up');
    await box.stop('one');
    await box.nothingLeft('one');
  });

  it('skips a port that something on the machine uses', async () => {
    const { createServer } = await import('node:net');
    const { first } = box.config.ports;
    const taken = createServer();
    await new Promise<void>((resolve) => { taken.listen(first, '127.0.0.1', resolve); });
    try {
      box.startWorker('one');
      expect(await box.start('one', box.funpack('obedient.sh'))).toMatchObject({ port: first + 1 });
    } finally {
      taken.close();
    }
  });

  it('refuses a start for which there is no port', async () => {
    box.configure({ ports: { first: box.config.ports.first, step: 1, count: 1 } });
    await box.up('one', box.funpack('obedient.sh'));
    const worker = box.startWorker('two');
    await expect(box.start('two', box.funpack('obedient.sh'))).rejects.toMatchObject({ code: 'no_free_port' });
    await worker.ended;
    expect(box.traces('two').filter((left) => !left.startsWith('process'))).toEqual([]);
  });
});
