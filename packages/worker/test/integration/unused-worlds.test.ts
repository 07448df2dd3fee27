import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Box } from './harness.js';

describe('a world with which the game has never been up', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const backups = (): string[] => {
    const dir = join(box.config.backups, 'worlds', 'one');
    return existsSync(dir) ? readdirSync(dir) : [];
  };
  const neverReady = (): string =>
    box.funpack('never-ready.sh', { persistent: true, startTimeoutMs: 100 }, { prepare: 'echo half >half' });

  it('does not become the newest backup, which the next start would use', async () => {
    await box.up('one', box.funpack('obedient.sh', { persistent: true }));
    const { backup } = await box.stop('one');
    await expect(box.start('one', neverReady())).rejects.toMatchObject({ code: 'start_timeout' });
    expect(await box.command('backup', { serverId: 'one' })).toMatchObject({ backup: { url: backup?.url } });
    expect((await box.stop('one')).backup).toBeUndefined();
    expect(backups()).toHaveLength(1);
  });

  it('is made again by the next start', async () => {
    box.startWorker('one');
    await expect(box.start('one', neverReady())).rejects.toMatchObject({ code: 'start_timeout' });
    expect(box.written('one', 'half')).toEqual(['half']);
    await box.start('one', box.funpack('obedient.sh', { persistent: true }));
    expect(box.written('one', 'half')).toEqual([]);
    expect(await box.stop('one')).toMatchObject({ backup: { size: expect.any(Number) as number } });
  });

  it('is another matter than a world that was played: that one is backed up, also when its game gets up no ' +
    'more', async () => {
    const run = `[ -e played ] && exec sh ${join(__dirname, 'games', 'never-ready.sh')}\ntouch played\nexec sh ` +
      `${join(__dirname, 'games', 'obedient.sh')}`;
    const { worker } = await box.up(
      'one',
      box.funpack('obedient.sh', { persistent: true, startTimeoutMs: 3_000 }, { run }),
    );
    await expect(box.command('restart', { serverId: 'one' })).rejects.toMatchObject({ code: 'start_timeout' });
    await worker.kill();
    box.queue.statuses.clear();
    box.startWorker('one');
    await box.queue.status('one', ({ state }) => state === 'failed');
    expect(await box.stop('one')).toMatchObject({ backup: { size: expect.any(Number) as number } });
    expect(backups()).toHaveLength(1);
  });
});

describe('a world in which nothing has been saved', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  it('is not backed up: the command says so or answers with the newest backup, and a stop is no failure', async () => {
    const savesOnce = `[ -e ${box.home}/saved ] || echo world >world; touch ${box.home}/saved; exec sh ` +
      `${join(__dirname, 'games', 'obedient.sh')}`;
    const savesNothing = box.funpack('obedient.sh', { persistent: true, backup: { paths: ['world'] } });
    await box.up('none', savesNothing);
    await expect(box.command('backup', { serverId: 'none' })).rejects.toMatchObject({
      code: 'no_world',
      message: expect.stringContaining('has saved nothing') as string,
    });
    expect((await box.stop('none')).backup).toBeUndefined();
    expect(box.queue.events('none', 'backup_failed')).toEqual([]);

    await box.up(
      'one',
      box.funpack('obedient.sh', { persistent: true, backup: { paths: ['world'] } }, { run: savesOnce }),
    );
    const { backup } = await box.stop('one');
    await box.command('start', {
      serverId: 'one',
      funpack: { url: savesNothing },
      ram: { min: 64, max: 64 },
      settings: {},
      world: 'new',
    });
    expect(await box.command('backup', { serverId: 'one' })).toMatchObject({ backup: { url: backup?.url } });
  });
});
