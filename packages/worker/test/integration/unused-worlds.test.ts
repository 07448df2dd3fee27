import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Box } from './harness.js';

describe('a world with which the game has never been up', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  /** The archives; beside each one are its manifest and its note. */
  const backups = (): string[] => {
    const dir = join(box.config.backups, 'worlds', 'one');
    return existsSync(dir) ? readdirSync(dir).filter((name) => name.includes('.tar.')) : [];
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
    const savesNothing = box.funpack(
      'obedient.sh',
      { persistent: true },
      { import: 'if [ -e world ]; then echo \'{"paths":["world"]}\'; else echo \'{"paths":[]}\'; fi' },
    );
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

  it('is not told from a world that the game saves elsewhere, unless bin/import says so: it is kept', async () => {
    await box.up('lost', box.funpack('obedient.sh', { persistent: true, backup: { paths: ['world'] } }, {
      run: `mkdir -p saves; echo world >saves/w1; exec sh ${join(__dirname, 'games', 'obedient.sh')}`,
    }));
    expect(await box.stop('lost')).toMatchObject({
      state: 'down',
      backupFailed: {
        code: 'backup_failed',
        message: expect.stringContaining('what its funpack selects for a backup holds no file') as string,
      },
    });
    await box.up('lost', box.funpack('obedient.sh', { persistent: true }));
    expect(box.written('lost', 'saves/w1')).toEqual(['world']);
  });

  it('leaves no trace of a world that is a link to somewhere else in working/: that is in the backup', async () => {
    const funpack = box.funpack('obedient.sh', { persistent: true, backup: { paths: ['world'] } }, {
      run: '[ -e world ] || { mkdir -p saves/w1; echo $$ >saves/w1/map; ln -s "$PWD/saves/w1" world; }; ' +
        `exec sh ${join(__dirname, 'games', 'obedient.sh')}`,
    });
    await box.up('linked', funpack);
    const map = box.written('linked', 'world/map');
    await box.stop('linked');
    await box.up('linked', funpack);
    expect(map).toHaveLength(1);
    expect(box.written('linked', 'world/map')).toEqual(map);
  });
});
