import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { parkedWorlds, PinkyError } from '@pinky/protocol';
import { LifeBench } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

const persistent = { persistent: true } as const;

describe('a stop', () => {
  const dir = tempDir();

  it.each([
    ['no_space', new PinkyError('no_space', 'the disk is full')],
    ['backup_failed', new Error('the share is gone')],
  ])('parks the world if its final backup fails, and the next start goes on with it: %s', async (code, error) => {
    const bench = await new LifeBench(dir(), persistent).up();
    writeFileSync(`${bench.files.paths.working}/map`, 'a world');
    bench.store.error = error;
    const answer = await bench.command('stop');
    const message = expect.stringContaining('its world is kept') as string;
    expect(answer).toMatchObject({ state: 'down', backupFailed: { code, message } });
    expect(bench.events('warning')).toMatchObject([{ kind: 'world_unsaved' }]);
    expect([bench.state, existsSync(bench.files.paths.dir)]).toEqual(['down', false]);
    expect(readFileSync(`${answer.parked}/map`, 'utf8')).toBe('a world');

    bench.store.error = undefined;
    expect(await bench.command('start')).toMatchObject({ state: 'up' });
    expect(readFileSync(`${bench.files.paths.working}/map`, 'utf8')).toBe('a world');
    expect(readdirSync(`${dir()}/servers/.parked`)).toEqual([]);
    expect(bench.events('restored')).toMatchObject([{ world: answer.parked, parked: true }]);
    expect(await bench.command('stop')).toMatchObject({ state: 'down', backup: { url: 'backup 1' } });
  });

  it('parks the world if its final backup may lack a part of it, and tells what', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    const gaps = {
      left_out: { count: 1, names: ['world'], because: { 'is a link that leads out': 1 } },
      incomplete: true,
    } as const;
    bench.store.gaps = gaps;
    const answer = await bench.command('stop');
    expect(answer).toMatchObject({ state: 'down', backup: { url: 'backup 1', ...gaps } });
    expect(bench.events('warning')).toMatchObject([{
      kind: 'world_unsaved',
      message: expect.stringMatching(/parked.*1 is left out \("world"; is a link that leads out: 1\)/) as string,
    }]);
    expect(parkedWorlds(bench.config.servers, 'one')).toMatchObject([{
      path: answer.parked,
      record: { backup: 'backup 1', gaps },
    }]);
    bench.store.gaps = { left_out: { count: 1, names: ['console.sock'] } }; // that holds nothing
    await bench.command('start');
    expect(await bench.command('stop')).toMatchObject({ state: 'down', backup: { left_out: { count: 1 } } });
    expect(bench.events('warning')).toHaveLength(1);
  });

  it.each([
    ['its files are kept, and the next start goes on with them', false, undefined],
    ['and a backup holds an older one, that is a failure', true, { code: 'backup_failed' }],
  ])('takes no word of a funpack for it that there is no world: %s', async (_, isOlder, backupFailed) => {
    const bench = await new LifeBench(dir(), { ...persistent, files: [{ path: 'own.cfg', content: '' }] }).up();
    const { working } = bench.files.paths;
    writeFileSync(`${working}/map`, 'a world');
    if (isOlder) bench.store.written.push(bench.clock.wallNow());
    bench.store.error = new PinkyError('no_world', 'it has saved nothing');
    const answer = await bench.command('stop');
    expect(answer).toMatchObject({ state: 'down', parked: expect.any(String), ...(isOlder && { backupFailed }) });
    expect(answer.backup).toBeUndefined();
    expect([answer.backupFailed !== undefined, bench.machine.flushed]).toEqual([isOlder, [working]]);
    await bench.command('start');
    expect(readFileSync(`${working}/map`, 'utf8')).toBe('a world');

    rmSync(`${working}/map`); // now only Pinky's own file is there
    mkdirSync(`${working}/empty`);
    writeFileSync(`${working}/own.cfg`, '');
    expect(await bench.command('stop')).not.toHaveProperty('parked');
    expect(parkedWorlds(bench.config.servers, 'one')).toMatchObject([{ record: { isUnused: true } }]);
  });

  describe('whose world cannot be moved, because it is a mount point, say,', () => {
    const fixed = async (change: (bench: LifeBench) => void = () => undefined): Promise<LifeBench> => {
      const bench = await new LifeBench(dir(), persistent).up();
      bench.life.parking.park = () => undefined;
      change(bench);
      return bench;
    };

    it('removes it once its final backup was read back', async () => {
      const bench = await fixed();
      const answer = await bench.command('stop');
      expect(answer).toMatchObject({ state: 'down', backup: { url: 'backup 1' } });
      expect([answer.parked, bench.store.readBacks]).toEqual([undefined, ['backup 1']]);
      expect(existsSync(bench.files.paths.dir)).toBe(false);
    });

    it.each<[string, (bench: LifeBench) => void, (bench: LifeBench) => void, object]>([
      [
        'fails for want of space',
        (bench) => { bench.store.error = new PinkyError('no_space', 'the disk is full'); },
        (bench) => { bench.store.error = undefined; },
        { code: 'no_space', message: expect.stringContaining('its world is kept') },
      ],
      [
        'fails',
        (bench) => { bench.store.error = new Error('the share is gone'); },
        (bench) => { bench.store.error = undefined; },
        { code: 'backup_failed', message: expect.stringContaining('its world is kept') },
      ],
      [
        'may lack a part of it',
        (bench) => { bench.store.gaps = { changed: { count: 1, names: ['map'] }, incomplete: true }; },
        (bench) => { bench.store.gaps = {}; },
        { code: 'backup_failed', message: expect.stringMatching(/kept.*1 changed while/), details: { backup: {} } },
      ],
      [
        'cannot be read back',
        (bench) => { bench.store.readError = new PinkyError('bad_archive', 'cut short'); },
        (bench) => { bench.store.readError = undefined; },
        { code: 'backup_failed', message: expect.stringMatching(/kept.*cut short/) },
      ],
    ])('keeps it where it is if the final backup %s, and a second stop tries again', async (_, hurt, heal, error) => {
      const bench = await fixed(hurt);
      await expect(bench.command('stop')).rejects.toMatchObject(error);
      expect([bench.state, existsSync(bench.files.paths.working)]).toEqual(['failed', true]);
      expect(bench.files.record()).toMatchObject({ wanted: 'down', hasWorld: true, failed: {} });
      heal(bench);
      expect(await bench.command('stop')).toMatchObject({ state: 'down', backup: {} });
      expect(existsSync(bench.files.paths.dir)).toBe(false);
    });
  });
});

describe('the backup of a stop', () => {
  const dir = tempDir();

  it.each([
    ['KILL', ['SIGKILL'], { signal: 'SIGKILL', step: 'SIGKILL' }, true],
    ['QUIT', ['SIGQUIT'], { signal: 'SIGQUIT', step: 'SIGQUIT' }, true],
    ['TERM', ['SIGTERM'], { signal: 'SIGTERM', step: 'SIGTERM' }, true],
    ['its stop command', ['stop'], { code: 0, step: 'command' }, undefined],
  ])('says how a game ended that %s ends, and whether it may be torn', async (_, endsAt, ended, isUnclean) => {
    const bench = new LifeBench(dir(), persistent);
    bench.machine.habits = [{ endsAt }];
    await bench.up();
    const answer = bench.command('stop');
    await bench.pass(60_000);
    expect(await answer).toMatchObject({ ended });
    expect(bench.store.orders.map((order) => order.isUnclean)).toEqual([isUnclean]);
  });

  it('may be torn too if the game had crashed by a signal, or nobody saw how it ended', async () => {
    for (const status of [{ signal: 'SIGSEGV' }, {}]) {
      const bench = await new LifeBench(`${dir()}/${Object.keys(status).length}`, persistent).up();
      bench.machine.game.exit({ code: 1 });
      await bench.pass(1_000);
      bench.machine.game.exit(status);
      await bench.command('stop');
      expect(bench.store.orders.map(({ isUnclean }) => isUnclean)).toEqual([true]);
    }
  });
});

describe('a stop that discards the world', () => {
  const dir = tempDir();

  it('writes no backup, sets nothing aside, and says so', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    expect(await bench.command('stop', { discard: true })).toMatchObject({ state: 'down', ended: { code: 0 } });
    expect([bench.store.orders, bench.life.parking.all, existsSync(bench.files.paths.dir)]).toEqual([[], [], false]);
    expect(bench.events('stopped')).toMatchObject([{ discarded: true }]);
  });

  it('gets past a stop whose backup fails where the world cannot be moved', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    bench.life.parking.park = () => undefined;
    bench.store.error = new PinkyError('import_failed', 'bin/import fails');
    await expect(bench.command('stop')).rejects.toMatchObject({ code: 'backup_failed' });
    expect(await bench.command('stop', { discard: true })).toMatchObject({ state: 'down' });
    expect(existsSync(bench.files.paths.dir)).toBe(false);
  });
});

describe('a backup that is forced', () => {
  const dir = tempDir();

  it('is written of a world with which the game was never up, without a word to a game', async () => {
    const bench = new LifeBench(dir(), { ...persistent, backup: { before: [{ send: 'save' }] } });
    bench.machine.habits = [{ start: 'loading', endsAt: ['SIGKILL'] }];
    const start = bench.command('start');
    await bench.pass(130_000);
    await expect(start).rejects.toMatchObject({ code: 'start_timeout' });
    await expect(bench.command('backup')).rejects.toMatchObject({ code: 'no_world' });
    expect(await bench.command('backup', { force: true })).toMatchObject({ backup: { url: 'backup 1' } });
    expect(bench.store.orders).toMatchObject([{ isForced: true }]);
    expect(bench.machine.game.heard).not.toContain('save');
  });

  it('of a server that is down is that of its parked world, and so is a plain one that no backup holds', async () => {
    const bench = await new LifeBench(dir(), persistent).up();
    bench.store.error = new PinkyError('import_failed', 'bin/import fails');
    const { parked } = await bench.command('stop');
    bench.store.error = undefined;
    for (const data of [{ force: true }, {}]) {
      expect(await bench.command('backup', data)).toMatchObject({ state: 'down', backup: {} });
      const record = { backup: 'backup 1' };
      expect(parkedWorlds(bench.config.servers, 'one')).toMatchObject([{ path: parked, record }]);
      bench.store.written.splice(0);
    }
    expect(bench.store.orders).toMatchObject([{}, { isForced: true, park: { path: parked } }, { park: {} }]);
  });
});
