import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';

/** A program that says that it runs, and goes on once it is let. */
const gate = (name: string): string =>
  `touch "$HOME/../${name}-runs"; while [ ! -e "$HOME/../${name}-may-go" ]; do sleep 0.1; done`;

describe('a worker that dies in the middle of something', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const inGate = (name: string): Promise<true> =>
    until(`${name} runs`, () => existsSync(join(box.paths('one').dir, `${name}-runs`)));
  const open = (name: string): void => writeFileSync(join(box.paths('one').dir, `${name}-may-go`), '');
  const types = (): string[] => box.queue.events('one').map(({ type }) => type);

  it('finishes a start whose preparation was cut, and answers it once', async () => {
    const worker = box.startWorker('one');
    const answer = box.start('one', box.funpack('obedient.sh', {}, { prepare: gate('prepare') }));
    await inGate('prepare');
    const said = await box.queue.status('one', ({ next = '' }) => next.startsWith('bin/prepare runs since '));
    expect(said.state).toBe('preparing');
    expect(said.nextAt! - said.since!).toBeGreaterThanOrEqual(600_000);
    await worker.kill();
    box.startWorker('one');
    open('prepare');
    expect(await answer).toMatchObject({ state: 'up' });
    await box.queue.event('one', 'player_connected', 2);
    expect(types().filter((type) => type === 'started')).toHaveLength(1);
  });

  it('finishes a start whose game was loading, with the same game', async () => {
    const worker = box.startWorker('one');
    const answer = box.start(
      'one',
      box.funpack(
        'ends-itself-after-stopping.sh',
        {},
        { run: `${gate('run')}; echo '{"event":"started"}'; exec sleep 600` },
      ),
    );
    await inGate('run');
    const game = box.pidFile('one');
    await worker.kill();
    box.startWorker('one');
    open('run');
    expect(await answer).toMatchObject({ state: 'up', pid: game });
    expect(types().filter((type) => type === 'launched')).toHaveLength(1);
  });

  it('finishes a restart whose new game was loading, and does not restart it once more', async () => {
    const run = 'echo launched >>../launches; [ $(wc -l <../launches) -eq 1 ] || while [ ! -e ../go ]; do sleep ' +
      `0.02; done; echo '{"event":"started"}'; while read -r line; do [ "$line" = stop ] && exit 0; done`;
    const { worker, game } = await box.up('one', box.funpack('silent.sh', {}, { run }));
    const restart = box.command('restart', { serverId: 'one' });
    const { pid } = await box.queue.event('one', 'launched', 2);
    await worker.kill();
    box.startWorker('one');
    await box.queue.status('one', (status) => status.state === 'starting' && status.pid === pid);
    writeFileSync(join(box.paths('one').dir, 'go'), '');
    expect(await restart).toMatchObject({ state: 'up', pid });
    expect(pid).not.toBe(game);
    expect(box.queue.events('one', 'launched')).toHaveLength(2);
  });

  it('finishes a stop whose ladder had begun', async () => {
    const pack = box.funpack('ignores-term.sh', {
      stopTimeoutMs: 1_000,
      ladder: [
        { signal: 'TERM', waitMs: 1_000 },
        { signal: 'QUIT', waitMs: 100 },
      ],
    });
    const { worker, game } = await box.up('one', pack);
    const answer = box.stop('one');
    await until('the game was told', () => box.queue.statuses.get('one')?.state === 'stopping');
    await worker.kill();
    expect(box.isRunning(game)).toBe(true);
    const successor = box.startWorker('one');
    expect(await answer).toMatchObject({ state: 'down' });
    await successor.ended;
    expect(box.queue.events('one', 'stopped')).toMatchObject([{ signal: 'SIGKILL' }]);
    await box.nothingLeft('one');
  });

  it('finishes a stop whose final backup was cut', async () => {
    const { worker } = await box.up(
      'one',
      box.funpack('obedient.sh', { persistent: true }, { import: `${gate('import')}; echo '{"paths":["."]}'` }),
    );
    const answer = box.stop('one');
    await inGate('import');
    await worker.kill();
    const successor = box.startWorker('one');
    open('import');
    expect(await answer).toMatchObject({ state: 'down', backup: { size: expect.any(Number) } });
    await successor.ended;
    expect(types().slice(-2)).toEqual(['backed_up', 'stopped']);
    await box.nothingLeft('one');
  });

  it('goes on with a server whose running backup was cut', async () => {
    const { worker, game } = await box.up(
      'one',
      box.funpack(
        'obedient.sh',
        { persistent: true },
        { prepare: 'echo world >world', import: `${gate('import')}; echo '{"paths":["."]}'` },
      ),
    );
    const answer = box.command('backup', { serverId: 'one' });
    await inGate('import');
    await worker.kill();
    box.startWorker('one');
    open('import');
    expect(await answer).toMatchObject({ state: 'up', pid: game, backup: { size: expect.any(Number) } });
  });

  it('launches again without a new preparation after a death between a crash and its relaunch', async () => {
    const { worker } = await box.up('one', box.funpack('obedient.sh', {}, { prepare: 'echo x >>prepared' }));
    for (let crash = 1; crash <= 2; crash++) {
      await box.killGame('one');
      await box.queue.event('one', 'started', crash + 1);
    }
    box.configure({
      crashLoop: {
        limit: 9,
        halfLifeMs: 60_000,
        firstBackoffMs: 60_000,
        maxBackoffMs: 60_000,
      },
    });
    worker.signal('SIGUSR2');
    await box.killGame('one');
    await box.queue.status('one', ({ state }) => state === 'crashed', 'a backoff');
    await worker.kill();
    box.startWorker('one');
    await box.queue.event('one', 'started', 4);
    expect(box.written('one', 'prepared')).toHaveLength(1);
    expect(types().filter((type) => type === 'crashed')).toHaveLength(3);
  });
});
