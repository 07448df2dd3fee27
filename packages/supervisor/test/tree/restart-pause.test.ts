import { FakeClock } from '@pinky/protocol/testing';
import { defaultRestart } from '../../src/restart/restart-policy';
import { RestartPause } from '../../src/tree/restart-pause';

describe('the pause before a restart', () => {
  it('is none after the first crash, and is over before `wait` returns', () => {
    const pause = new RestartPause(new FakeClock(), () => 0);
    let isOver = false;
    expect(pause.crashed(defaultRestart)).toMatchObject({ pauseMs: 0 });
    pause.wait(() => (isOver = true));
    expect(isOver).toBe(true);
  });

  it('lasts a second where the machine has no room, which counts as no crash', async () => {
    const clock = new FakeClock();
    const pause = new RestartPause(clock, () => 0);
    let count = 0;
    for (let n = 0; n < 20; n++) {
      pause.lacked();
      pause.wait(() => (count += 1));
      await clock.advance(999);
      expect(count).toBe(n);
      await clock.advance(1);
    }
    expect(count).toBe(20);
    expect(pause.crashed(defaultRestart)).toMatchObject({ pauseMs: 0, isCrashLoop: false });
  });

  it('lasts after the second crash, and can be cancelled', async () => {
    const clock = new FakeClock();
    const pause = new RestartPause(clock, () => 0);
    let count = 0;
    pause.crashed(defaultRestart);
    expect(pause.crashed(defaultRestart)).toMatchObject({ pauseMs: 100 });
    pause.wait(() => (count += 1));
    expect(pause.leftMs).toBe(100);
    await clock.advance(99);
    expect([count, pause.leftMs]).toEqual([0, 1]);
    await clock.advance(1);
    expect([count, pause.leftMs]).toEqual([1, 0]);
    pause.crashed(defaultRestart);
    pause.wait(() => (count += 1));
    pause.cancel();
    await clock.advance(60_000);
    expect([count, clock.sleeping]).toEqual([1, 0]);
  });
});
