import type { ServerStatus } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';

describe('commands', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const types = (): string[] => box.queue.events('one').map(({ type }) => type);

  it("obeys a command id once, however often it comes, and gives the recorded answer across a worker's " +
    "death", async () => {
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    await box.queue.status('one', ({ players }) => players.length === 2);
    const tell = () => box.command('tell', { serverId: 'one', user: 'ann', message: 'hi' }, { id: 'twice' });
    const answers = [...await Promise.all([tell(), tell()]), await tell()];
    await worker.kill();
    box.startWorker('one');
    answers.push(await tell());
    await box.command('console', { serverId: 'one', line: 'last' });
    await until('the game has heard it', () => box.written('one', 'heard').includes('last'));
    expect(box.written('one', 'heard')).toEqual(['tell ann hi', 'last']);
    expect(answers).toHaveLength(4);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });

  it('answers outcome_unknown if a worker died while it said something, and does not say it again', async () => {
    const { worker } = await box.up('one', box.funpack('closes-stdin.sh'));
    const full = Array.from({ length: 20 }, (_, i) =>
      box.command('broadcast', { serverId: 'one', message: `${i}${'x'.repeat(4_000)}` }).catch(() => undefined),
    );
    const pending = box.command('broadcast', { serverId: 'one', message: 'the last' }, { id: 'unsaid' });
    await box.takenUp('one', 'unsaid');
    await worker.kill();
    box.startWorker('one');
    await expect(pending).rejects.toMatchObject({ code: 'outcome_unknown' });
    await Promise.all(full);
  });

  it('joins two starts at once: both get the same answer, and one game runs', async () => {
    box.startWorker('one');
    const pack = box.funpack('obedient.sh');
    const [first, second] = await Promise.all([box.start('one', pack), box.start('one', pack)]);
    expect(first).toEqual(second);
    expect(await box.start('one', pack)).toMatchObject({ already: true });
    expect(types().filter((type) => type === 'launched')).toHaveLength(1);
  });

  it('cancels a start by a stop', async () => {
    box.startWorker('one');
    const start = box.start('one', box.funpack('never-ready.sh'));
    await box.queue.event('one', 'launched');
    const stop = box.stop('one');
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    await box.nothingLeft('one');
  });

  it('cancels a preparation by a stop, together with the program that prepares', async () => {
    box.startWorker('one');
    const start = box.start('one', box.funpack('obedient.sh', {}, { prepare: 'sleep 600' }));
    await box.queue.event('one', 'preparing');
    const stop = box.stop('one');
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    await box.nothingLeft('one');
  });

  it('starts again after a stop that was under way', async () => {
    await box.up(
      'one',
      box.funpack('ignores-term.sh', { stopTimeoutMs: 1_500, ladder: [{ signal: 'TERM', waitMs: 50 }] }),
    );
    const stop = box.stop('one');
    await box.queue.status('one', ({ state }) => state === 'stopping');
    const start = box.start('one', box.funpack('obedient.sh'));
    await expect(box.command('list', { serverId: 'one' })).rejects.toMatchObject({ code: 'stopping' });
    expect(await stop).toMatchObject({ state: 'down' });
    expect(await start).toMatchObject({ state: 'up' });
  });

  it('restarts with another game process in the same folder', async () => {
    const { game } = await box.up('one', box.funpack('obedient.sh'));
    await box.command('console', { serverId: 'one', line: 'before' });
    await until('the game has heard it', () => box.written('one', 'heard').includes('before'));
    const { pid } = await box.command('restart', { serverId: 'one' });
    expect(pid).not.toBe(game);
    expect(box.isRunning(game)).toBe(false);
    expect(box.written('one', 'heard')).toContain('before');
    await box.queue.event('one', 'started', 2);
    expect(box.queue.events('one', 'stopped')).toMatchObject([{ restarting: true, code: 0 }]);
  });

  it('is down after a stop in the middle of a restart, and answers the restart with that', async () => {
    await box.up(
      'one',
      box.funpack('ignores-term.sh', { stopTimeoutMs: 1_500, ladder: [{ signal: 'TERM', waitMs: 100 }] }),
    );
    const restart = box.command('restart', { serverId: 'one' });
    await box.queue.status('one', ({ state }) => state === 'stopping');
    const stop = box.stop('one');
    await expect(restart).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    await box.nothingLeft('one');
  });

  it('launches at once by start or restart while it is backing off', async () => {
    box.configure({
      crashLoop: {
        limit: 9,
        halfLifeMs: 60_000,
        firstBackoffMs: 600_000,
        maxBackoffMs: 600_000,
      },
    });
    const pack = box.funpack('obedient.sh');
    await box.up('one', pack);
    /** After the crash that is followed by a launch at once. */
    const isBackingOff = ({ state, nextAt = 0 }: ServerStatus): boolean =>
      state === 'crashed' && nextAt > Date.now() + 60_000;
    for (const again of [() => box.start('one', pack), () => box.command('restart', { serverId: 'one' })]) {
      for (let isUp = true; isUp;) {
        const killed = await box.killGame('one');
        const now = await box.queue.status(
          'one',
          (status) => isBackingOff(status) || (status.state === 'up' && status.pid !== killed),
        );
        isUp = now.state === 'up';
      }
      expect(await again()).toMatchObject({ state: 'up' });
    }
  });

  it('answers not_running, not_ready and unsupported when that is so', async () => {
    box.startWorker('one');
    await expect(box.command('list', { serverId: 'one' })).rejects.toMatchObject({ code: 'not_running' });
    await expect(box.command('restart', { serverId: 'one' })).rejects.toMatchObject({ code: 'not_running' });
    await expect(box.command('backup', { serverId: 'one' })).rejects.toMatchObject({ code: 'no_world' });
    const start = box.start('one', box.funpack('never-ready.sh')).catch(() => undefined);
    await box.queue.event('one', 'launched');
    await expect(box.command('broadcast', { serverId: 'one', message: 'x' })).rejects.toMatchObject({
      code: 'not_ready',
    });
    await box.stop('one');
    await start;
    expect(await box.stop('one')).toMatchObject({ already: true });
    await box.up('two', box.funpack('silent.sh'));
    await expect(box.command('backup', { serverId: 'two' })).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('does not say anything after its deadline', async () => {
    await box.up('one', box.funpack('silent.sh'));
    const list = box.command('list', { serverId: 'one' });
    await expect(
      box.command('broadcast', { serverId: 'one', message: 'late' }, { deadlineMs: 100 }),
    ).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await list;
    await expect(box.command('broadcast', { serverId: 'one', message: 'in time' })).resolves.toMatchObject({
      state: 'up',
    });
  });
});
