import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parkedWorlds } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';
import type { RealWorker } from './real-worker.js';

describe('the world of a stopped server', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  const pack = (more: Readonly<Record<string, string>> = {}): string =>
    box.funpack('obedient.sh', { persistent: true }, more);
  const map = (): string => join(box.paths('one').working, 'map');
  const parks = () => parkedWorlds(box.config.servers, 'one');
  const played = async (): Promise<RealWorker> => {
    const { worker } = await box.up('one', pack());
    writeFileSync(map(), 'played');
    return worker;
  };

  it('is taken back by the next start as it is: not even its files are copied', async () => {
    await played();
    const { ino } = statSync(map());
    const { backup, parked } = await box.stop('one');
    expect(parks()).toMatchObject([{ path: parked, record: { backup: backup?.url } }]);
    await box.up('one', pack());
    expect([statSync(map()).ino, readFileSync(map(), 'utf8'), parks()]).toEqual([ino, 'played', []]);
    expect(box.queue.events('one', 'restored')).toMatchObject([{ world: backup?.url, parked: true }]);
  });

  it('stays where it is if a backup came after it, which is restored then', async () => {
    await played();
    const { backup } = await box.stop('one');
    const file = fileURLToPath(backup?.url ?? '');
    await box.up('two', pack());
    writeFileSync(join(box.paths('two').working, 'map'), 'newer');
    const newer = (await box.stop('two')).backup?.url ?? '';
    const seconds = Number(/\.(\d+)\.tar/.exec(file)?.[1]) + 5;
    writeFileSync(file.replace(/\.\d+\.tar/, `.${seconds}.tar`), readFileSync(fileURLToPath(newer)));
    await box.up('one', pack());
    expect([readFileSync(map(), 'utf8'), parks().length]).toEqual(['newer', 1]);
  });

  it('is restored from its backup where a power cut may have torn it, unless that is gone', async () => {
    await played();
    const { backup, parked } = await box.stop('one');
    const cut = (path: string | undefined): void => {
      writeFileSync(`${path}/map`, '');
      const record = JSON.parse(readFileSync(`${path}.json`, 'utf8')) as object;
      writeFileSync(`${path}.json`, JSON.stringify({ ...record, bootId: 'another' }));
    };
    cut(parked);
    await box.up('one', pack());
    expect(readFileSync(map(), 'utf8')).toBe('played');
    expect(box.queue.events('one', 'restored')).toMatchObject([{ world: backup?.url }]);
    expect(parks()).toHaveLength(1);
    const again = await box.stop('one');
    cut(again.parked);
    rmSync(fileURLToPath(again.backup?.url ?? ''));
    await box.up('one', pack());
    expect(readFileSync(map(), 'utf8')).toBe('');
  });

  it('is put back whole after a start that spoilt it and never got up', async () => {
    await played();
    await box.stop('one');
    const spoils = box.funpack(
      'never-ready.sh',
      { persistent: true, startTimeoutMs: 100 },
      { prepare: 'echo spoilt >map' },
    );
    box.startWorker('one');
    await expect(box.start('one', spoils)).rejects.toMatchObject({ code: 'start_timeout' });
    expect((await box.stop('one')).parked).toBeUndefined();
    expect(parks()).toMatchObject([{ record: { isUnused: true, backup: expect.stringContaining('file:') as string } }]);
    await box.up('one', pack());
    expect(readFileSync(map(), 'utf8')).toBe('played');
  });

  it('is put back after a start that never got up, also where no backup holds it', async () => {
    await box.up('one', pack({ import: 'exit 1' }));
    writeFileSync(map(), 'played');
    expect(await box.stop('one')).toMatchObject({ backupFailed: { code: 'backup_failed' } });
    const never = box.funpack('never-ready.sh', { persistent: true, startTimeoutMs: 100 }, { import: 'exit 1' });
    box.startWorker('one');
    await expect(box.start('one', never)).rejects.toMatchObject({ code: 'start_timeout' });
    await box.stop('one');
    box.startWorker('one');
    expect(await box.command('backup', { serverId: 'one', force: true })).toMatchObject({ backup: {} });
    await box.up('one', pack());
    expect(readFileSync(map(), 'utf8')).toBe('played');
  });

  it('stays parked where no backup holds it, whatever world its server is started with next', async () => {
    await played();
    const older = (await box.stop('one')).backup?.url ?? '';
    await box.up('one', pack({ import: 'exit 1' }));
    writeFileSync(map(), 'in no backup');
    const { backupFailed, parked = '' } = await box.stop('one');
    expect(backupFailed).toMatchObject({ code: 'backup_failed' });
    box.startWorker('one');
    const start = { serverId: 'one', funpack: { url: pack() }, ram: { min: 64, max: 64 }, settings: {} };
    await box.command('start', { ...start, world: { url: older } });
    expect(readFileSync(map(), 'utf8')).toBe('played');
    expect(readFileSync(join(parked, 'map'), 'utf8')).toBe('in no backup');
    writeFileSync(map(), 'played on');
    await box.stop('one');
    expect(readFileSync(join(parked, 'map'), 'utf8')).toBe('in no backup');
    expect(parks().map(({ record }) => record?.failure?.code)).toEqual(['backup_failed', undefined]);
  });

  it('keeps links that lead out: its server is down after a stop, and tells what the backup lacks', async () => {
    await box.up('one', pack());
    const outside = join(box.home, 'outside');
    mkdirSync(outside);
    const link = join(box.paths('one').working, 'elsewhere');
    symlinkSync(outside, link);
    const backup = { incomplete: true, left_out: { count: 1 } };
    expect(await box.stop('one')).toMatchObject({ state: 'down', backup });
    expect(await box.queue.event('one', 'warning')).toMatchObject({ kind: 'world_unsaved' });
    await box.up('one', pack());
    expect(existsSync(link)).toBe(true);
  });

  it('is taken back by a worker whose predecessor died in the midst of that', async () => {
    const first = await played();
    await box.stop('one');
    await first.ended; // the next worker is the one that is killed
    const [park] = parks();
    const { worker } = await box.up('one', pack());
    const { serverJson, working, runs } = box.paths('one');
    const isUp = (): boolean => existsSync(serverJson) && readFileSync(serverJson, 'utf8').includes('"up": {');
    await until('the record is written', isUp);
    await worker.kill();
    // as if it had been killed between the move and the record of it
    await box.killGame('one');
    const isTold = (): boolean => readdirSync(runs).every((run) => existsSync(join(runs, run, 'exit')));
    await until('the wrapper has written its last word', isTold);
    rmSync(runs, { recursive: true });
    const record = JSON.parse(readFileSync(serverJson, 'utf8')) as object;
    const before = { hasWorld: false, isWorldUnused: true, isPrepared: false, takenBack: undefined, up: undefined };
    writeFileSync(serverJson, JSON.stringify({ ...record, ...before }));
    mkdirSync(join(box.config.servers, '.parked', 'one'), { recursive: true });
    writeFileSync(park?.recordPath ?? '', JSON.stringify(park?.record));
    writeFileSync(join(working, 'mark'), 'still the same');
    box.queue.statuses.clear();
    box.startWorker('one');
    await box.queue.status('one', ({ state }) => state === 'up');
    expect([readFileSync(join(working, 'mark'), 'utf8'), parks()]).toEqual(['still the same', []]);
  });

  (canMount() ? it : it.skip)('on a mount point is removed once its backup was read back', async () => {
    await box.up('one', pack());
    const { working } = box.paths('one');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', working]);
    try {
      writeFileSync(map(), 'played');
      const { backup, parked } = await box.stop('one');
      const path = fileURLToPath(backup?.url ?? '');
      expect([parked, readdirSync(working)]).toEqual([undefined, []]);
      expect(JSON.parse(readFileSync(path.replace('.tar.lzo', '.note.json'), 'utf8'))).toMatchObject({
        verifiedAt: expect.any(Number) as number,
      });
      expect(execFileSync('sh', ['-c', 'lzop -dc "$0" | tar -xO map', path], { encoding: 'utf8' })).toBe('played');
    } finally {
      execFileSync('umount', ['--lazy', working]);
    }
  });

  it('is not removed with the server if somebody changed it by hand', async () => {
    await played();
    await box.stop('one');
    const [park] = parks();
    const before = Date.now() / 1_000 - 60; // longer ago than the steps in which a file system may count
    utimesSync(park?.recordPath ?? '', before, before);
    writeFileSync(join(park?.path ?? '', 'handmade'), 'x');
    box.startWorker('one');
    await expect(box.command('rm', { serverId: 'one' })).rejects.toMatchObject({ code: 'world_unsaved' });
    expect(existsSync(join(park?.path ?? '', 'handmade'))).toBe(true);
    expect(await box.command('rm', { serverId: 'one', discard: true })).toMatchObject({ state: 'down' });
  });

  it('is removed with the server only if its backup can be read back, or by order', async () => {
    await played();
    const { backup } = await box.stop('one');
    const path = fileURLToPath(backup?.url ?? '');
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length / 2));
    box.startWorker('one');
    await expect(box.command('rm', { serverId: 'one' })).rejects.toMatchObject({ code: 'world_unsaved' });
    writeFileSync(path, whole);
    box.startWorker('one');
    await expect(box.command('rm', { serverId: 'one' })).rejects.toMatchObject({ code: 'world_unsaved' });
    rmSync(path.replace('.tar.lzo', '.note.json'));
    box.startWorker('one');
    expect(await box.command('rm', { serverId: 'one' })).toMatchObject({ state: 'down' });
    expect(parks()).toEqual([]);
  });
});

/** Only root may, and not in every container. */
function canMount(): boolean {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir], { stdio: 'pipe' });
    execFileSync('umount', [dir]);
    return true;
  } catch {
    return false;
  } finally {
    rmdirSync(dir);
  }
}
