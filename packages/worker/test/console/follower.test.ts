import { appendFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Follower } from '../../src/console/follower.js';
import { until } from '@pinky/protocol/testing';
import { tempDir } from '../temp.js';

jest.mock('node:fs', () => {
  const actual = jest.requireActual<typeof import('node:fs')>('node:fs');
  return { ...actual, watch: jest.fn(actual.watch) };
});

describe('Follower', () => {
  const dir = tempDir();
  const open: Follower[] = [];
  afterEach(() => {
    for (const follower of open.splice(0)) follower.close();
  });

  function follow(offset = 0): { text: () => string; follower: Follower } {
    let text = '';
    const follower = new Follower({
      path: join(dir(), 'console'),
      offset,
      onBytes: (bytes) => {
        text += bytes.toString();
      },
    });
    open.push(follower);
    return { text: () => text, follower };
  }

  async function expectFollowed(): Promise<void> {
    writeFileSync(join(dir(), 'console'), 'before ');
    const { text, follower } = follow(3);
    const watches = (): number => jest.mocked(watch).mock.calls.length;
    let before = watches();
    follower.start();
    follower.start();
    await until('what was there', () => text() === 'ore ');
    for (const word of ['one ', 'two ', 'three']) {
      await until('it has read everything, and watches', () => watches() > before);
      before = watches();
      appendFileSync(join(dir(), 'console'), word);
    }
    await until('what came later', () => text() === 'ore one two three');
    expect(follower.offset).toBe('before one two three'.length);
  }

  it('hands over what is there, and what comes after a silence', () => expectFollowed());

  it('looks now and then if the kernel grants no watch', async () => {
    const watching = jest.mocked(watch);
    watching.mockClear();
    watching.mockImplementation(() => { throw Object.assign(new Error('EMFILE'), { code: 'EMFILE' }); });
    try {
      await expectFollowed();
      expect(watching).toHaveBeenCalled();
    } finally {
      watching.mockRestore();
    }
  });

  it('misses nothing when it is hurried, whatever it is doing', async () => {
    const path = join(dir(), 'console');
    writeFileSync(path, '');
    const { text, follower } = follow();
    follower.hurry(); // not started
    follower.start();
    let written = '';
    for (let n = 0; n < 200; n++) {
      written += `${n} `;
      appendFileSync(path, `${n} `);
      follower.hurry();
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until('all of it', () => text() === written);
    follower.close();
    follower.hurry();
  });

  it('reads more than a buffer at once when it is told to catch up, and nothing once it is closed', () => {
    const bytes = 'x'.repeat(300_000);
    writeFileSync(join(dir(), 'console'), bytes);
    const { text, follower } = follow();
    follower.catchUp();
    expect(text()).toHaveLength(bytes.length);
    appendFileSync(join(dir(), 'console'), 'more');
    follower.close();
    follower.close();
    follower.catchUp();
    expect(text()).toHaveLength(bytes.length);
  });

  /** The rests of a follower whose game says so much in each of them. */
  async function rests(count: number, bytes: number, isAwaited?: () => boolean): Promise<number[]> {
    const path = join(dir(), 'console');
    writeFileSync(path, 'x');
    const timers = jest.spyOn(globalThis, 'setTimeout');
    let reads = 0;
    try {
      await new Promise<void>((done) => {
        const onBytes = (): void => {
          appendFileSync(path, 'x'.repeat(bytes));
          if (++reads === count) done();
        };
        const follower = new Follower({ path, offset: 0, onBytes, ...(isAwaited && { isAwaited }) });
        open.push(follower);
        follower.start();
      });
      return timers.mock.calls.map(([, ms = 0]) => ms);
    } finally {
      timers.mockRestore();
    }
  }

  it('rests longer where nobody waits for what comes next', async () => {
    expect(await rests(6, 1, () => false)).toEqual([10, 20, 40, 80, 160, 250]);
  });

  it.each([
    ['where somebody waits', 1, () => true],
    ['where nobody can say', 1, undefined],
    ['where the game says much', 40_000, () => false],
  ])('rests no longer than 100 ms %s', async (_where, bytes, isAwaited) => {
    expect(await rests(6, bytes, isAwaited)).toEqual([10, 20, 40, 80, 100, 100]);
  });
});
