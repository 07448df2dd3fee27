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
  const neverReady = (): string => box.funpack('never-ready.sh', { persistent: true, startTimeoutMs: 100 }, { prepare: 'echo half >half' });

  it('does not become the newest backup, from which the next start would go on', async () => {
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

  it('is another matter than a world that was played: that one is backed up, also when its game gets up no more', async () => {
    const run = `[ -e played ] && exec sh ${join(__dirname, 'games', 'never-ready.sh')}\ntouch played\nexec sh ${join(__dirname, 'games', 'obedient.sh')}`;
    const { worker } = await box.up('one', box.funpack('obedient.sh', { persistent: true, startTimeoutMs: 300 }, { run }));
    await expect(box.command('restart', { serverId: 'one' })).rejects.toMatchObject({ code: 'start_timeout' });
    await worker.kill();
    box.queue.statuses.clear();
    box.startWorker('one');
    await box.queue.status('one', ({ state }) => state === 'failed');
    expect(await box.stop('one')).toMatchObject({ backup: { size: expect.any(Number) as number } });
    expect(backups()).toHaveLength(1);
  });
});
