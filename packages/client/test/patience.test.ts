import { FakeClock } from '@pinky/protocol/testing';
import { Patience } from '../src/requests/patience';
import { BoxProblem, problemIn, unreachable } from '../src/requests/problem';

const url = 'http://box.test';

describe('patience with a box that is away', () => {
  it('pauses for longer each time, gives up after its time, and begins anew when the box has answered', async () => {
    const clock = new FakeClock();
    const patience = new Patience(clock, 1_000);
    const failure = unreachable(url);
    const pauses: number[] = [];
    const pause = async (): Promise<void> => {
      const began = clock.now();
      const over = patience.pause(failure).then(() => pauses.push(clock.now() - began));
      for (let step = 0; clock.sleeping > 0; step++) await clock.advance(100);
      await over;
    };
    for (let i = 0; i < 4; i++) await pause();
    expect(pauses).toEqual([100, 200, 400, 800]);
    await expect(patience.pause(failure)).rejects.toBe(failure);
    patience.answered();
    await pause();
    expect(pauses.at(-1)).toBe(100);
  });

  it('waits as long as the box says, and ends at once where nothing passes by itself', async () => {
    const clock = new FakeClock();
    const text = JSON.stringify({ code: 'queue_unreachable', detail: 'the queue is away', remedy: 'wait' });
    const away = problemIn(text, { status: 503, url, retryAfter: '2' });
    const over = new Patience(clock, 60_000).pause(away);
    await clock.advance(1_900);
    expect(clock.sleeping).toBe(1);
    await clock.advance(100);
    await over;
    const failedJob = problemIn(JSON.stringify({ ...JSON.parse(text), jobId: 'j1' }), { status: 503, url });
    const refusal = new BoxProblem({ code: 'forbidden', detail: 'no', remedy: '', status: 403 });
    for (const failure of [failedJob, refusal, new TypeError('a fault of our own')])
      await expect(new Patience(clock, 60_000).pause(failure)).rejects.toBe(failure);
  });

  it('ends with its signal', async () => {
    const clock = new FakeClock();
    const signal = new AbortController();
    const over = new Patience(clock, 60_000).pause(unreachable(url), signal.signal);
    signal.abort();
    await expect(over).rejects.toThrow(/abort/);
  });
});

it('tells a box from what stands in front of it', () => {
  const page = '<html>bad gateway</html>';
  expect(problemIn(page, { status: 502, url })).toMatchObject({ code: 'unreachable', isPassing: true });
  expect(problemIn(page, { status: 404, url })).toMatchObject({ code: 'http_404', isPassing: false });
});
