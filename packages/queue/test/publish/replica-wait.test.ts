import type { Redis } from 'ioredis';
import { deferred, PinkyError } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { ReplicaWait } from '../../src/publish/replica-wait.js';

describe('the wait for a replica', () => {
  const replyError = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

  /** `answers` are those of WAIT, one after the other. */
  function waiting(answers: (number | Promise<number>)[], hasReplica = true) {
    const asked: number[] = [];
    const clock = new FakeClock();
    const client = { wait: (replicas: number) => {
      asked.push(replicas);
      return Promise.resolve(answers[asked.length - 1] ?? 1);
    } } as unknown as Redis;
    const redis = { hasReplica, run: <T>(_: string, call: (redis: Redis) => Promise<T>) => call(client) };
    return { wait: new ReplicaWait(redis, clock), asked, clock };
  }

  it('is none where no replica is connected', async () => {
    const { wait, asked } = waiting([], false);
    await wait.confirmed();
    expect(asked).toEqual([]);
  });

  it('is shared by all who come while one is under way', async () => {
    const first = deferred<number>();
    const { wait, asked } = waiting([first.promise]);
    const all = [wait.confirmed(), wait.confirmed(), wait.confirmed()];
    first.resolve(1);
    await Promise.all(all);
    expect(asked).toEqual([1, 1]);
  });

  it('holds nobody up for two seconds after replicas were late', async () => {
    const { wait, asked, clock } = waiting([0]);
    await wait.confirmed();
    await wait.confirmed();
    expect(asked).toHaveLength(1);
    await clock.advance(2_000);
    await wait.confirmed();
    expect(asked).toHaveLength(2);
  });

  it('is given up where Redis does not allow it, and says that the connection was lost', async () => {
    const forbidden = waiting([Promise.reject(replyError('NOPERM this user has no permissions to run \'wait\''))]);
    await forbidden.wait.confirmed();
    const lost = waiting([Promise.reject(new PinkyError('redis_unavailable', 'gone'))]);
    const both = await Promise.allSettled([lost.wait.confirmed(), lost.wait.confirmed()]);
    expect(both).toMatchObject([{ reason: { code: 'redis_unavailable' } }, { status: 'fulfilled' }]);
    expect(lost.asked).toHaveLength(2);
  });
});
