import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parkedWorlds } from '@pinky/protocol';
import { LifeBench, turns } from '../fakes/life-bench.js';
import { tempDir } from '../temp.js';

const never = new Promise<never>(() => undefined);

describe('a start of a server whose world is parked', () => {
  const dir = tempDir();
  const map = (bench: LifeBench): string => `${bench.files.paths.working}/map`;

  /** Stopped; no backup holds its world if `error` says why. */
  async function stopped(error?: Error): Promise<LifeBench> {
    const bench = await new LifeBench(dir(), { persistent: true }).up();
    writeFileSync(map(bench), 'a world');
    bench.store.error = error;
    await bench.command('stop');
    bench.store.error = undefined;
    return bench;
  }

  it('goes on with a world that no backup holds if the folder of backups never says what is in it', async () => {
    const bench = await stopped(new Error('the share is gone'));
    bench.store.newestNumber = () => never;
    const start = bench.command('start');
    await bench.pass(60_000);
    expect(await start).toMatchObject({ state: 'up' });
    expect(readFileSync(map(bench), 'utf8')).toBe('a world');
  });

  it('fails for now if a backup holds it and the folder of backups cannot be read, and works once it can', async () => {
    const bench = await stopped();
    const list = bench.store.newestNumber.bind(bench.store);
    bench.store.newestNumber = () => Promise.reject(new Error('EIO'));
    await expect(bench.command('start')).rejects.toMatchObject({
      code: 'not_ready',
      message: expect.stringContaining('the folder of backups') as string,
    });
    expect(parkedWorlds(bench.config.servers, 'one')).toHaveLength(1);
    bench.store.newestNumber = list;
    expect(await bench.command('start')).toMatchObject({ state: 'up' });
    expect(readFileSync(map(bench), 'utf8')).toBe('a world');
  });

  it('can be cancelled while the folder of backups says nothing', async () => {
    const bench = await stopped();
    bench.store.newestNumber = () => never;
    const start = bench.command('start');
    await turns();
    const stop = bench.command('stop');
    await expect(start).rejects.toMatchObject({ code: 'cancelled' });
    expect(await stop).toMatchObject({ state: 'down' });
    expect(parkedWorlds(bench.config.servers, 'one')).toHaveLength(1);
  });

  it('does not take a world that was being set aside for one that was being taken back', () => {
    const { life: { parking }, files: { paths }, config: { servers } } = new LifeBench(dir());
    mkdirSync(paths.working, { recursive: true });
    mkdirSync(`${servers}/.parked/one`, { recursive: true });
    const path = `${servers}/.parked/one/1000000000000-abcd.json`;
    const record = (more: object): void => writeFileSync(path, JSON.stringify({ format: 1, newest: 0, ...more }));
    record({ isUnused: true });
    expect(parking.halfTaken(undefined)).toBeUndefined();
    record({});
    expect(parking.halfTaken(undefined)).toMatchObject({ run: '1000000000000-abcd' });
  });
});

describe('a world that is parked', () => {
  const dir = tempDir();

  it('is on the disk for good first if nothing else holds it', async () => {
    const bench = await new LifeBench(dir(), { persistent: true }).up();
    await bench.command('stop');
    expect(bench.machine.flushed).toEqual([]);
    await bench.command('start');
    bench.store.error = new Error('the share is gone');
    await bench.command('stop');
    expect(bench.machine.flushed).toEqual([bench.files.paths.working]);
  });

  it('is parked in the end where the disk never answers', async () => {
    const bench = await new LifeBench(dir(), { persistent: true }).up();
    bench.store.error = new Error('the share is gone');
    bench.machine.flush = () => never;
    const stop = bench.command('stop');
    await bench.pass(60_000);
    expect(await stop).toMatchObject({ state: 'down', parked: expect.stringContaining('.parked') as string });
  });
});
