import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import type { PublishedEvent } from './fake-queue.js';

/** Numbers of a chatty game's events, run by run: each exactly once and in order. */
function expectUnbroken(events: readonly PublishedEvent[], least: number): void {
  let run = '';
  let last = 0;
  for (const event of events) {
    if (event.run !== run) last = 0;
    run = event.run;
    if (event['n'] !== last + 1) throw new Error(`after ${last} came ${String(event['n'])}`);
    last++;
  }
  expect(events.length).toBeGreaterThanOrEqual(least);
}

describe('deaths around a game', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const heard = (n: number): Promise<true> =>
    until(`${n} numbers were published`, () => box.queue.events('one', 'info').length >= n);

  it('keeps the game and every one of its events, in order, while workers are killed again and again', async () => {
    let { worker, game } = await box.up('one', box.funpack('chatty.cjs'));
    for (let death = 1; death <= 5; death++) {
      await heard(box.queue.events('one', 'info').length + 500);
      await worker.kill();
      worker = box.startWorker('one');
      expect((await box.queue.status('one', ({ state }) => state === 'up')).pid).toBe(game);
    }
    await heard(box.queue.events('one', 'info').length + 500);
    await box.stop('one');
    await box.queue.event('one', 'stopped');
    expectUnbroken(box.queue.events('one', 'info'), 3_000);
    expect(
      box.queue
        .events('one')
        .filter(({ type }) => type !== 'info')
        .map(({ type }) => type),
    ).toEqual(['preparing', 'launched', 'started', 'stopping', 'stopped']);
    await box.nothingLeft('one');
  });

  it('tells since when an adopted game runs, not since when its worker does', async () => {
    const { worker } = await box.up('one', box.funpack('obedient.sh'));
    await worker.kill();
    const before = Date.now();
    box.startWorker('one');
    const status = await box.queue.status('one', ({ because }) => (because ?? '').includes('new worker'));
    expect(status.since).toBeLessThan(before);
  });

  it('launches a game that was killed together with its worker', async () => {
    const { worker, game } = await box.up('one', box.funpack('chatty.cjs'));
    await heard(200);
    process.kill(worker.pid, 'SIGKILL');
    process.kill(game, 'SIGKILL');
    await worker.ended;
    box.startWorker('one');
    expect(await box.queue.event('one', 'crashed')).toMatchObject({ signal: 'SIGKILL' });
    await box.queue.event('one', 'started', 2);
    await heard(box.queue.events('one', 'info').length + 200);
    await box.stop('one');
    await box.queue.event('one', 'stopped');
    expectUnbroken(box.queue.events('one', 'info'), 400);
    await box.nothingLeft('one');
  });

  it('launches a game whose wrapper was killed too, and says that nobody saw how it ended', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    const { readFileSync } = await import('node:fs');
    const run = (await box.queue.status('one', (status) => status.run !== undefined)).run ?? '';
    const wrapper = Number.parseInt(readFileSync(box.paths('one').run(run).claim, 'utf8'), 10);
    await worker.kill();
    process.kill(wrapper, 'SIGKILL');
    process.kill(game, 'SIGKILL');
    box.startWorker('one');
    expect(await box.queue.event('one', 'crashed')).toMatchObject({ how: 'ended, and nobody saw how' });
    await box.queue.event('one', 'started', 2);
  });

  it('sees the end of a game whose wrapper was killed long before', async () => {
    const { game } = await box.up('one', box.funpack('obedient.sh'));
    const { readFileSync } = await import('node:fs');
    const run = (await box.queue.status('one', (status) => status.run !== undefined)).run ?? '';
    process.kill(Number.parseInt(readFileSync(box.paths('one').run(run).claim, 'utf8'), 10), 'SIGKILL');
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ players: ['ann', 'bob'] });
    process.kill(game, 'SIGKILL');
    await box.queue.event('one', 'started', 2);
  });

  it('sees the end of a game whose wrapper was killed before this worker began', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    const { readFileSync } = await import('node:fs');
    const run = (await box.queue.status('one', (status) => status.run !== undefined)).run ?? '';
    process.kill(Number.parseInt(readFileSync(box.paths('one').run(run).claim, 'utf8'), 10), 'SIGKILL');
    await worker.kill();
    box.queue.statuses.clear();
    box.startWorker('one');
    expect((await box.queue.status('one', ({ state }) => state === 'up')).pid).toBe(game);
    process.kill(game, 'SIGKILL');
    await box.queue.event('one', 'started', 2);
  });

  it('loses nothing and sends nothing twice while the queue is away for long, in little memory', async () => {
    const env = { PADDING: '400', PER_TICK: '40', LAST: '60000' };
    const { worker } = await box.up('one', box.funpack('chatty.cjs', { env }));
    await heard(100);
    await box.queue.goAway();
    const { statSync } = await import('node:fs');
    const { privateBytes } = await import('./processes.js');
    const { readdirSync } = await import('node:fs');
    const console = box.paths('one').run(readdirSync(box.paths('one').runs)[0] ?? '').console;
    await until('24 MB of console', () => statSync(console).size > 24e6);
    const memory = privateBytes(worker.pid);
    await box.queue.start();
    await heard(60_000);
    await box.stop('one');
    await box.queue.event('one', 'stopped');
    expectUnbroken(box.queue.events('one', 'info'), 60_000);
    expect(memory).toBeLessThan(60e6);
  });

  it('loses nothing and sends nothing twice while Redis comes and goes behind the queue', async () => {
    await box.up('one', box.funpack('chatty.cjs'));
    for (let i = 0; i < 5; i++) {
      await heard(box.queue.events('one', 'info').length + 200);
      box.queue.isRedisAway = true;
      const batches = box.queue.batches;
      await until('a batch was sent in vain', () => box.queue.batches > batches);
      box.queue.redisIsBack();
    }
    await heard(box.queue.events('one', 'info').length + 200);
    await box.stop('one');
    await box.queue.event('one', 'stopped');
    expectUnbroken(box.queue.events('one', 'info'), 1_200);
  });
});
