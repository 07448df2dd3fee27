import { mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@pinky/protocol';
import { withLock } from '../../src/store/lock.js';
import { tempDirs } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();

/** A clock that goes on with each rest, and does `then` at each. */
function steppingClock(then: (now: number) => void = () => undefined): Clock {
  let now = 0;
  const rest: Clock['rest'] = (ms, signal) => {
    now += ms;
    then(now);
    return Promise.resolve(signal?.aborted !== true);
  };
  const sleep: Clock['sleep'] = async (ms) => void (await rest(ms));
  return {
    now: () => now,
    wallNow: () => Date.now(),
    rest,
    sleep,
    after: () => { throw new Error('a lock waits with rest'); },
  };
}

/** A lock that another process took when its clock was an hour ahead. */
async function takenAhead(): Promise<{ readonly path: string; readonly renew: (seconds: number) => void }> {
  const path = join(await tempDir(), '.lock');
  mkdirSync(`${path}.lock`);
  const renew = (seconds: number): void => {
    const at = Date.now() / 1_000 + 3_600 + seconds;
    utimesSync(`${path}.lock`, at, at);
  };
  renew(0);
  return { path, renew };
}

describe('a lock whose time is in the future, because the clock was set back', () => {
  it('is taken over when nobody has renewed it for ten seconds', async () => {
    const { path } = await takenAhead();
    const clock = steppingClock();
    const { signal } = new AbortController();
    expect(await withLock(path, { signal, clock }, () => Promise.resolve(clock.now()))).toBeGreaterThanOrEqual(10_000);
  });

  it('stays with a holder that renews it', async () => {
    const { path, renew } = await takenAhead();
    const ended = new AbortController();
    const clock = steppingClock((now) => {
      renew(Math.floor(now / 2_000));
      if (now > 60_000) ended.abort();
    });
    await expect(withLock(path, { signal: ended.signal, clock }, () => Promise.resolve())).rejects.toEqual(
      failsWith('cancelled'));
  });
});
