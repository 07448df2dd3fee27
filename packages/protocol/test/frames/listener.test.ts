import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Link, Listener, requestOnce } from '../../src/index.js';
import { until } from '../../src/testing/index.js';

describe('a listener whose socket was removed', () => {
  let dir: string;
  let path: string;
  let listener: Listener;
  let bound: unknown[];
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'listener-'));
    path = join(dir, 'x.sock');
    bound = [];
    listener = new Listener(path, {
      onRequest: async (method) => `${method} is answered`,
      onBoundAgain: (failure) => void bound.push(failure),
    });
    await listener.start();
  });
  afterEach(async () => {
    await listener.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const ask = (): Promise<unknown> => requestOnce({ path }, 'ps', {}, { deadlineMs: 1_000 });

  it('binds it again, 0600, and keeps its connections', async () => {
    const link = new Link({ path }, { greet: () => [] });
    link.start();
    await until('the link is connected', () => link.peer);
    const before = link.peer;
    rmSync(path);
    await until('it is bound again', () => bound.length === 1);
    expect([bound, statSync(path).mode & 0o777, link.peer === before]).toEqual([[undefined], 0o600, true]);
    expect(await link.request('explain', {}, { deadlineMs: 1_000 })).toBe('explain is answered');
    expect(await ask()).toBe('ps is answered');
    await link.stop();
  });

  it('takes the path back from whatever stands there', async () => {
    rmSync(path);
    writeFileSync(path, 'no socket');
    await until('it is bound again', () => bound.length === 1);
    expect(await ask()).toBe('ps is answered');
  });

  it('tries until there is a folder again', async () => {
    rmSync(dir, { recursive: true });
    await until('it has failed', () => bound.length === 1);
    expect(bound[0]).toMatchObject({ syscall: 'listen' });
    mkdirSync(dir);
    await until('it is bound again', () => bound.at(-1) === undefined);
    expect(await ask()).toBe('ps is answered');
  });

  it('says once that it cannot be bound, however often it tries, and once that it is', async () => {
    let tries = 0;
    rmSync(path);
    mkdirSync(path);
    await until('it has failed', () => bound.length === 1);
    // a second listener, with looks as often, counts them
    const beside = new Listener(join(dir, 'y.sock'), { onBoundAgain: () => void (tries += 1) });
    await beside.start();
    for (const look of [1, 2]) {
      rmSync(join(dir, 'y.sock'));
      await until('a look later', () => tries === look);
    }
    expect(bound).toHaveLength(1);
    renameSync(path, `${path}.old`);
    await until('it is bound again', () => bound.length === 2);
    expect(bound[1]).toBeUndefined();
    await beside.stop();
  });

  it('leaves nothing when it is stopped meanwhile', async () => {
    rmSync(path);
    await listener.stop();
    expect([existsSync(path), bound]).toEqual([false, []]);
  });
});
