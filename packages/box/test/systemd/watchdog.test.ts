import type { TreeChild } from '@pinky/supervisor';
import { neglectedChild, watchdogMsOf } from '../../src/systemd/watchdog.js';

const ladder = { heartbeatTimeoutMs: 1_000, gracefulKillTimeoutMs: 2_000, immediateKillTimeoutMs: 3_000 };
// only two times are read
const fullLadder = {
  ...ladder,
  gracefulSignal: 'SIGHUP',
  gracefulKillIntervalMs: 1,
  gracefulKillIntervalIncrementMs: 0,
  immediateSignal: 'SIGHUP',
  immediateKillIntervalMs: 1,
  immediateKillIntervalIncrementMs: 0,
} as unknown as Parameters<typeof neglectedChild>[1];
const child = (state: TreeChild['state'], heartbeatAgeMs: number | undefined): TreeChild => ({
  name: 'worker-a',
  state,
  pid: 7,
  identity: undefined,
  isAdopted: false,
  restarts: 0,
  heartbeatAgeMs,
  lastExit: undefined,
  startsInMs: undefined,
});

describe('the watchdog of systemd', () => {
  it.each([
    [{}, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: 'x' }, undefined],
    [{ WATCHDOG_USEC: '60000000' }, 60_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 60_000],
    [{ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, undefined],
  ])('by the variables %j asks process 7 every %s ms', (env, expected) => {
    expect(watchdogMsOf(env, 7)).toBe(expected);
  });

  it.each([
    ['running', 100, undefined],
    ['running', 5_000, undefined],
    ['running', 64_001, 'worker-a (pid 7) has been silent for 64 s'],
    ['running', undefined, undefined],
    ['leaving', 90_000, undefined],
    ['replacing', 90_000, undefined],
    ['backingOff', undefined, undefined],
  ] as const)('of a child that is %s and was silent for %s ms thinks: %s', (state, ageMs, expected) => {
    expect(neglectedChild([child('running', 1), child(state, ageMs)], fullLadder)).toBe(expected);
  });

  it('expects nothing of a supervisor whose children may take for ever', () => {
    expect(neglectedChild([child('running', 1e9)], { ...fullLadder, immediateKillTimeoutMs: -1 })).toBeUndefined();
  });
});
