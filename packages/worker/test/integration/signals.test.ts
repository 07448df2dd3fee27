import { existsSync, readFileSync, rmSync } from 'node:fs';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import { runs } from './processes.js';

describe('signals and messages to a worker', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  it('stops its game gracefully on TERM, with a final backup, and is done', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh', { persistent: true }));
    worker.signal('SIGTERM');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(runs(game)).toBe(false);
    const last = box.queue.events('one').map(({ type }) => type).filter((type) => type !== 'player_disconnected');
    expect(last.slice(-3)).toEqual(['stopping', 'backed_up', 'stopped']);
    expect(box.queue.statuses.get('one')).toMatchObject({ state: 'down', staysDown: true });
    await box.nothingLeft('one');
  });

  it('begins with QUIT on QUIT, and hurries a stop that was under way', async () => {
    const { worker, game } = await box.up(
      'one',
      box.funpack('ignores-term.sh', {
        stopTimeoutMs: 600_000,
        ladder: [
          { signal: 'TERM', waitMs: 600_000 },
          { signal: 'QUIT', waitMs: 50 },
        ],
      }),
    );
    worker.signal('SIGTERM');
    await box.queue.status('one', ({ state }) => state === 'stopping');
    worker.signal('SIGQUIT');
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    expect(runs(game)).toBe(false);
    await box.nothingLeft('one');
  });

  it('restarts its game on USR1', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    worker.signal('SIGUSR1');
    await box.queue.event('one', 'started', 2);
    expect((await box.queue.status('one', ({ state }) => state === 'up')).pid).not.toBe(game);
    expect(runs(game)).toBe(false);
  });

  it('leaves at once on HUP without answering the commands in hand, and the next worker adopts the game', async () => {
    const { worker, game } = await box.up('one', box.funpack('silent.sh'));
    const list = box.command('list', { serverId: 'one' });
    await until('list was taken up', () =>
      readFileSync(`${box.home}/answers/one.jsonl`, 'utf8').trimEnd().endsWith('"c2"}'),
    );
    worker.signal('SIGHUP');
    expect(await worker.ended).toEqual({ code: 3, signal: null });
    box.startWorker('one');
    expect(await list).toMatchObject({ pid: game });
  });

  it('answers what is being said, then leaves, when it is told to shut down', async () => {
    const { worker, game } = await box.up('one', box.funpack('silent.sh'));
    const list = box.command('list', { serverId: 'one' });
    const answers = `${box.home}/answers/one.jsonl`;
    await until('list was taken up', () => readFileSync(answers, 'utf8').trimEnd().endsWith('"c2"}'));
    box.order('one', { type: 'shutdown' });
    const late = box.command('broadcast', { serverId: 'one', message: 'late' });
    expect(await list).toMatchObject({ pid: game });
    expect(await worker.ended).toEqual({ code: 3, signal: null });
    box.startWorker('one');
    expect(await late).toMatchObject({ pid: game });
  });

  it('leaves in the middle of a preparation, which the next worker does again', async () => {
    const worker = box.startWorker('one');
    const start = box.start(
      'one',
      box.funpack('obedient.sh', {}, { prepare: '[ -e ../second ] || { touch ../second; sleep 600; }' }),
    );
    await until('the preparation runs', () => existsSync(`${box.paths('one').dir}/second`));
    worker.signal('SIGHUP');
    expect(await worker.ended).toEqual({ code: 3, signal: null });
    box.startWorker('one');
    expect(await start).toMatchObject({ state: 'up' });
  });

  it('reads the configuration again on USR2, and keeps its own if the new one is broken', async () => {
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    box.configure({ box: 'renamed' });
    worker.signal('SIGUSR2');
    await until('the title is there', () =>
      readFileSync(`/proc/${worker.pid}/cmdline`, 'latin1').startsWith('pinky: worker one [obedient] up'),
    );
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ state: 'up' });
    rmSync(`${box.home}/effective.json`);
    worker.signal('SIGUSR2');
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ state: 'up' });
  });

  it('writes a dump on CONT', async () => {
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    const path = `/tmp/sigdump-${worker.pid}.log`;
    worker.signal('SIGCONT');
    await until('the dump is there', () => existsSync(path) && readFileSync(path, 'utf8').length > 100);
    rmSync(path);
  });

  it('is not started a second time for the same server', async () => {
    await box.up('one', box.funpack('obedient.sh'));
    expect(await box.startWorker('one').ended).toEqual({ code: 4, signal: null });
  });

  it('leaves by itself if there is nothing to do', async () => {
    const worker = box.startWorker('one');
    await expect(box.command('list', { serverId: 'one' })).rejects.toMatchObject({ code: 'not_running' });
    expect(await worker.ended).toEqual({ code: 0, signal: null });
  });
});
