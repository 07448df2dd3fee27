import { FakeClock } from '@pinky/protocol/testing';
import { EscalationTimer } from '../../src/terminate/escalation-timer';
import { defaultLadderOptions } from '../../src/terminate/ladder';

const ladder = {
  ...defaultLadderOptions,
  gracefulKillIntervalMs: 1_000,
  gracefulKillIntervalIncrementMs: 1_000,
  gracefulKillTimeoutMs: 5_000,
  immediateKillIntervalMs: 2_000,
  immediateKillIntervalIncrementMs: 0,
  immediateKillTimeoutMs: 3_000,
  heartbeatTimeoutMs: 10_000,
};

/** A timer that looks whenever it is told to, and the signals that it asked for with their times. */
function running() {
  const clock = new FakeClock();
  const start = clock.now();
  const sent: [number, NodeJS.Signals][] = [];
  const tick = (): void => {
    const { signal } = timer.look(ladder);
    if (signal !== undefined) sent.push([clock.now() - start, signal]);
  };
  const timer: EscalationTimer = new EscalationTimer(clock, { tick });
  return { clock, timer, look: tick, sent };
}

describe('an escalation timer', () => {
  it('says when each rung is due, without a look in between', async () => {
    const { clock, timer, look, sent } = running();
    timer.ask('graceful');
    look();
    for (let second = 0; second < 12; second += 1) await clock.advance(1_000);
    expect(sent.slice(0, 3)).toEqual([[0, 'SIGTERM'], [1_000, 'SIGTERM'], [3_000, 'SIGTERM']]);
    expect(sent.find(([, signal]) => signal === 'SIGQUIT')?.[0]).toBeLessThanOrEqual(6_000);
    expect(sent.at(-1)?.[1]).toBe('SIGKILL');
  });

  it('is never due before anybody was asked to leave, and not after it was stopped', async () => {
    const { clock, timer, look, sent } = running();
    look();
    expect(clock.sleeping).toBe(0);
    timer.ask('graceful');
    look();
    timer.stop();
    await clock.advance(60_000);
    expect(sent).toHaveLength(1);
    expect(clock.sleeping).toBe(0);
  });

  it('begins at the foot again, and still counts the silence', async () => {
    const { clock, timer, look, sent } = running();
    timer.ask('immediate');
    look();
    await clock.advance(500);
    timer.startOver();
    expect(timer.silentMs).toBe(500);
    timer.ask('graceful');
    look();
    expect(sent).toEqual([[0, 'SIGQUIT'], [500, 'SIGTERM']]);
  });

  it('forgives a part of the silence, but never more than there was', async () => {
    const { clock, timer } = running();
    await clock.advance(10_000);
    expect(timer.isSilent(ladder)).toBe(true);
    timer.excuse(4_000);
    expect([timer.silentMs, timer.isSilent(ladder)]).toEqual([6_000, false]);
    timer.excuse(60_000);
    expect(timer.silentMs).toBe(0);
  });
});
