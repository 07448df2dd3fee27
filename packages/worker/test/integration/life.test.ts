import { createServer } from 'node:net';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { Box } from './harness.js';

describe('one game from its start to its stop', () => {
  let box: Box;
  beforeEach(async () => { box = await Box.open(); });
  afterEach(() => box.close());

  it('starts, speaks, stops, and leaves nothing behind', async () => {
    const { worker, game } = await box.up('one', box.funpack('obedient.sh'));
    expect(box.pidFile('one')).toBe(game);
    await box.queue.status('one', ({ players }) => players.length === 2, 'two players');
    expect(await box.command('list', { serverId: 'one' })).toMatchObject({ state: 'up', players: ['ann', 'bob'] });
    await box.command('tell', { serverId: 'one', user: 'ann', message: 'hello' });
    await box.command('broadcast', { serverId: 'one', message: 'all' });
    await box.command('console', { serverId: 'one', line: 'raw' });
    await box.command('kick', { serverId: 'one', user: 'bob', message: 'out' });
    await box.queue.status('one', ({ players }) => players.length === 1, 'one player');
    await expect(box.command('tell', { serverId: 'one', user: 'bob', message: 'hello' })).rejects.toMatchObject({
      code: 'no_such_player',
    });
    await until('the game has heard it', () => box.written('one', 'heard').length === 5);
    expect(box.written('one', 'heard')).toEqual(['list', 'tell ann hello', 'say all', 'raw', 'kick bob out']);

    expect(await box.stop('one')).toMatchObject({ state: 'down' });
    expect(await worker.ended).toEqual({ code: 0, signal: null });
    await box.nothingLeft('one');
    expect(box.queue.events('one').map(({ type }) => type)).toEqual([
      'preparing',
      'launched',
      'started',
      'player_connected',
      'player_connected',
      'players_list',
      'player_disconnected',
      'stopping',
      'player_disconnected',
      'stopped',
    ]);
  });

  it('begins with the limit of open files and the umask that the box configures', async () => {
    const facts = (pid: number) => ({
      files: /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1],
      umask: /^Umask:\t(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1],
      isTold: readFileSync(`/proc/${pid}/environ`, 'latin1').includes('PINKY_'),
    });
    const before = process.umask(0o007);
    try {
      const usual = await box.up('one', box.funpack('obedient.sh'));
      expect(facts(usual.game)).toEqual({ files: '1024', umask: '0022', isTold: false });
      box.configure({ game: { openFiles: 777, umask: '027' } });
      const own = await box.up('two', box.funpack('obedient.sh'));
      expect(facts(own.game)).toEqual({ files: '777', umask: '0027', isTold: false });
    } finally {
      process.umask(before);
    }
  });

  it('launches a killed game again, and tells how it ended', async () => {
    const { game } = await box.up('one', box.funpack('obedient.sh'));
    await box.killGame('one');
    expect(await box.queue.event('one', 'crashed')).toMatchObject({ signal: 'SIGKILL', how: 'was ended by SIGKILL' });
    await box.queue.event('one', 'started', 2);
    const status = await box.queue.status(
      'one',
      ({ state, restarts }) => state === 'up' && restarts === 1,
      'one restart',
    );
    expect(status.pid).not.toBe(game);
    expect(box.pidFile('one')).toBe(status.pid);
  });

  it('takes another port if somebody took the port of a crashed game', async () => {
    box.configure({ crashLoop: { limit: 9, halfLifeMs: 60_000, firstBackoffMs: 50, maxBackoffMs: 50 } });
    await box.up('one', box.funpack('obedient.sh'));
    const { port } = box.queue.statuses.get('one')!;
    const stranger = createServer().listen(port);
    try {
      for (const launch of [2, 3]) { // the first relaunch is at once: nobody is faster
        await box.killGame('one');
        await box.queue.event('one', 'started', launch);
        await box.queue.status('one', ({ state }) => state === 'up');
      }
      expect(box.queue.statuses.get('one')!.port).not.toBe(port);
      await box.stop('one');
      await box.nothingLeft('one');
    } finally {
      stranger.close();
    }
  });

  it('tells the exit code of a game', async () => {
    await box.up('one', box.funpack('obedient.sh'));
    await box.command('console', { serverId: 'one', line: 'crash' });
    expect(await box.queue.event('one', 'crashed')).toMatchObject({ code: 7 });
  });

  it('ends the children that a killed game leaves behind, even in sessions of their own', async () => {
    await box.up('one', box.funpack('forks-children.sh'));
    const children = box.written('one', 'children').map(Number);
    expect(children).toHaveLength(3);
    expect(children.every((pid) => box.isRunning(pid))).toBe(true);
    await box.killGame('one');
    await until('the old children are gone', () => !children.some((pid) => box.isRunning(pid)));
    await until('the new game has children', () => box.written('one', 'children').length === 6);
    await box.queue.event('one', 'started', 2);
    await box.stop('one');
    await box.nothingLeft('one');
  });

  it('lets a game end by itself, and treats that as a stop', async () => {
    const { worker } = await box.up('one', box.funpack('ends-itself-after-stopping.sh', { persistent: true }));
    writeFileSync(join(box.paths('one').working, 'end'), '');
    await worker.ended;
    expect(box.queue.events('one').map(({ type }) => type)).toEqual([
      'preparing',
      'launched',
      'started',
      'stopping',
      'backed_up',
      'stopped',
    ]);
    expect(existsSync(box.paths('one').dir)).toBe(false);
  });
});
