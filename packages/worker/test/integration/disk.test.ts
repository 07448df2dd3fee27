import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  writeSync,
  openSync,
  closeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { boxPaths } from '@pinky/protocol';
import { until } from '@pinky/protocol/testing';
import { RecordedAnswers } from '../../src/record/recorded-answers.js';
import { LineFile } from '../../src/record/line-file.js';
import { Box } from './harness.js';
import { killAll, processesOf, runs } from './processes.js';

/** A small file system of its own, or the reason why there can be none. */
function mountSmall(dir: string): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', dir], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return `a small file system cannot be mounted here: ${String(error)}`;
  }
}

const probe = mkdtempSync(join(tmpdir(), 'pinky-disk-'));
const obstacle = mountSmall(probe);
if (obstacle === undefined) execFileSync('umount', [probe]);
rmdirSync(probe);
const describeOnSmallDisk = obstacle === undefined ? describe : describe.skip;

describeOnSmallDisk(`a disk that is full${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`, () => {
  let box: Box;
  let disk: string;
  beforeEach(async () => {
    disk = mkdtempSync(join(tmpdir(), 'pinky-disk-'));
    mountSmall(disk);
    box = await Box.open({ mounted: disk });
  });
  afterEach(async () => {
    try {
      await box.close();
    } finally {
      execFileSync('umount', ['--lazy', disk]);
      rmdirSync(disk);
    }
  });

  const ballast = (): string => join(disk, 'ballast');
  function refill(): void {
    const fd = openSync(ballast(), 'a');
    try {
      for (const size of [65_536, 4_096, 1]) {
        try {
          for (;;) writeSync(fd, Buffer.alloc(size));
        } catch {
          // full: now with smaller pieces
        }
      }
    } finally {
      closeSync(fd);
    }
  }
  function fill(): void {
    refill();
    expect(statfsSync(disk).bavail).toBe(0);
  }
  const free = (): void => rmSync(ballast());

  it('keeps the game running, carries out what it can, and publishes the rest once there is space', async () => {
    const { game } = await box.up('one', box.funpack('obedient.sh', { persistent: true }));
    await box.queue.event('one', 'player_connected', 2);
    fill();
    // The last block, once begun, still takes some lines: then nothing is said that could be said twice.
    const broadcast = (): Promise<unknown> => box.command('broadcast', { serverId: 'one', message: 'x' });
    const failed = (error: unknown): unknown => error;
    const refusal = await until('a line is refused', () => broadcast().then(() => undefined, failed), { everyMs: 0 });
    expect(refusal).toMatchObject({ code: 'no_space' });
    await expect(box.command('backup', { serverId: 'one' })).rejects.toMatchObject({
      code: expect.stringMatching(/no_space|backup_failed/),
    });
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ state: 'up', pid: game });
    expect(runs(game)).toBe(true);
    free();
    await box.queue.event('one', 'backup_failed');
    expect(await box.command('broadcast', { serverId: 'one', message: 'again' })).toMatchObject({
      state: 'up',
      pid: game,
    });
    await box.stop('one');
    expect(box.queue.events('one').slice(-2).map(({ type }) => type)).toEqual(['backed_up', 'stopped']);
  });

  it('parks the world of a server that is stopped without any space, and a start goes on with it', async () => {
    const pack = box.funpack('obedient.sh', { persistent: true });
    await box.up('one', pack);
    const map = join(box.paths('one').working, 'map');
    writeFileSync(map, randomBytes(100_000)); // no archive of it fits
    const { ino } = statSync(map);
    fill();
    const answer = await box.stop('one').catch((error: { code: string }) => error);
    free();
    expect(answer).toMatchObject({ state: 'down', backupFailed: { code: 'no_space' } });
    await box.up('one', pack);
    expect(statSync(map).ino).toBe(ino);
  });

  it('launches a dead game as soon as there is space, and does not call that a crash loop', async () => {
    await box.up('one', box.funpack('obedient.sh'));
    await box.queue.event('one', 'player_connected', 2);
    box.queue.isRedisAway = true; // so that no run is published and removed: its files would be space for a launch
    fill();
    await box.killGame('one');
    await box.queue.status(
      'one',
      ({ state, next = '' }) => state === 'crashed' && next.includes('space'),
      'no space for a launch',
    );
    free();
    box.queue.redisIsBack();
    await box.queue.event('one', 'started', 2);
    const types = box.queue
      .events('one')
      .map(({ type }) => type)
      .filter((type) => ['crashed', 'launched', 'started', 'crash_loop'].includes(type));
    expect(types).toEqual(['launched', 'started', 'crashed', 'launched', 'started']);
  });

  it('adopts a running game and stops it without any space', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    await box.queue.event('one', 'player_connected', 2);
    fill();
    await worker.kill();
    const successor = box.startWorker('one');
    await box.queue.status('one', ({ state, pid }) => state === 'up' && pid === game);
    await box.stop('one');
    expect(await successor.ended).toEqual({ code: 0, signal: null });
    expect(runs(game)).toBe(false);
    expect(box.traces('one')).toEqual([]);
  });

  it('refuses a start, tells it as an event once there is space, and leaves nothing', async () => {
    const answers = boxPaths(box.home).answers('one');
    mkdirSync(dirname(answers));
    writeFileSync(answers, '{"id":"earlier"}\n'); // its block has room for the command that follows
    const worker = box.startWorker('one');
    expect((await box.queue.worker('one')).isClosed).toBe(false); // it waits for a first command
    const pack = box.funpack('obedient.sh');
    fill();
    await expect(box.start('one', pack)).rejects.toMatchObject({ code: 'no_space' });
    free();
    expect(await box.queue.event('one', 'start_failed')).toMatchObject({ code: 'no_space' });
    await worker.ended;
    expect(box.traces('one')).toEqual([]);
  });

  it('writes nothing of a line for which there is no space, and still knows an answer that it could not write', () => {
    const lines = new LineFile(join(disk, 'lines'));
    lines.append('first');
    const answers = new RecordedAnswers(join(disk, 'answers'));
    fill();
    expect(() => lines.append('x'.repeat(10_000))).toThrow(expect.objectContaining({ code: 'ENOSPC' }));
    expect(readFileSync(join(disk, 'lines'), 'utf8')).toBe('first\n');
    expect(() => answers.answer('a', { ok: true, result: { serverId: 'one', state: 'x'.repeat(5_000) } })).toThrow(
      expect.objectContaining({ code: 'ENOSPC' }),
    );
    expect(answers.lookUp('a')).toMatchObject({ ok: true });
    free();
    expect(lines.append('second')).toEqual({ start: 6, end: 13 });
    lines.close();
  });

  it('loses no event of a game that chatters while the disk fills up and empties', async () => {
    await box.up('one', box.funpack('chatty.cjs', { env: { PER_TICK: '1' } }));
    await until('some events', () => box.queue.events('one', 'info').length > 50);
    fill();
    const before = box.queue.events('one', 'info').length;
    free();
    await until('more events', () => box.queue.events('one', 'info').length > before + 50);
    const numbers = box.queue.events('one', 'info').map((event) => Number(event['n']));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
  });
});

describeOnSmallDisk(
  `$SERVERS on a file system that is read-only${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
  () => {
    let box: Box;
    let disk: string;
    beforeEach(async () => {
      disk = mkdtempSync(join(tmpdir(), 'pinky-read-only-'));
      mountSmall(disk);
      box = await Box.open({ config: { servers: join(disk, 'servers') } });
    });
    afterEach(async () => {
      remount('rw');
      try {
        await box.close();
      } finally {
        execFileSync('umount', ['--lazy', disk]);
        rmdirSync(disk);
      }
    });

    /** Nothing on it may be open for writing: so no game runs there. */
    const remount = (how: 'ro' | 'rw'): unknown =>
      execFileSync('mount', ['-o', `remount,${how}`, disk], { stdio: 'pipe' });

    const readOnly = (): Promise<true> => until('nothing is open for writing', () => {
      try {
        remount('ro');
        return true;
      } catch {
        return false; // EBUSY: somebody is just closing it
      }
    });

    it('refuses a start and says why, and carries it out once the disk can be written', async () => {
      const pack = box.funpack('obedient.sh');
      remount('ro');
      const worker = box.startWorker('one');
      await expect(box.start('one', pack)).rejects.toMatchObject({ code: 'read_only' });
      expect(await worker.ended).toEqual({ code: 0, signal: null });
      remount('rw');
      await box.up('one', pack);
      await box.stop('one');
      await box.nothingLeft('one');
    });

    it('adopts a game that runs there, speaks to it, stops it, and clears away once it can be written ' +
      'again', async () => {
      // Its console is closed, or the file system could not be made read-only under it.
      const { worker, game } = await box.up(
        'one',
        box.funpack(
          'obedient.sh',
          { stopTimeoutMs: 20_000 },
          {
            run: 'echo \'{"event":"started"}\'; exec >/dev/null 2>&1; while read -r line; do [ "$line" = stop ] && ' +
              'exit 0; done',
          },
        ),
      );
      await worker.kill();
      await readOnly();
      box.startWorker('one');
      box.queue.statuses.clear();
      await box.queue.status('one', ({ state, pid }) => state === 'up' && pid === game, 'the same game');
      expect(await box.command('broadcast', { serverId: 'one', message: 'hello' })).toMatchObject({
        state: 'up',
        pid: game,
      });
      await expect(box.stop('one')).rejects.toMatchObject({ code: 'read_only' });
      expect(runs(game)).toBe(false);
      remount('rw');
      await box.stop('one');
      await box.nothingLeft('one');
    });

    it('launches a dead game as soon as the disk can be written, and does not call that a crash loop', async () => {
      const { worker } = await box.up('one', box.funpack('obedient.sh'));
      await box.queue.event('one', 'player_connected', 2);
      await worker.kill();
      killAll(processesOf(box.config.servers));
      await until('nothing of it runs', () => processesOf(box.config.servers).length === 0);
      await readOnly();
      const before = readdirSync(box.paths('one').dir);
      box.startWorker('one');
      await box.queue.status(
        'one',
        ({ state, next = '' }) => state === 'crashed' && next.includes('can be written'),
        'no disk to write to',
      );
      expect(processesOf(box.config.servers)).toEqual([]);
      expect(readdirSync(box.paths('one').dir)).toEqual(before);
      remount('rw');
      await box.queue.event('one', 'started', 2);
      expect(box.queue.events('one', 'crash_loop')).toEqual([]);
      await box.stop('one');
      await box.nothingLeft('one');
    });
  },
);
