import type { BoxConfig } from '@pinky/protocol';
import { defaultLadderOptions, type LadderOptions } from '@pinky/supervisor';

/**
 * Time from HUP to KILL for a process that has already been silent for the whole heartbeat timeout, in milliseconds.
 * Its game does not notice.
 */
const hungMs = 5_000;

/**
 * How long a child may load before its first heartbeat, milliseconds. A queue takes half a second on an idle machine,
 * and ten on one with a load of twenty. A child that is ended while it loads would be started again for nothing.
 */
const bootTimeoutMs = 60_000;

/** The signals that end our own children, one after the other, and the time that each is given. */
export const ladders = (config: BoxConfig) => {
  const { heartbeatTimeoutMs, gracefulKillTimeoutMs, immediateKillTimeoutMs } = config.worker;
  const stop: LadderOptions = {
    ...defaultLadderOptions,
    heartbeatTimeoutMs,
    bootTimeoutMs,
    gracefulKillTimeoutMs,
    immediateKillTimeoutMs,
    // A rung ends when a signal is due. A pause longer than the rung's timeout would make the rung last too long.
    gracefulKillIntervalMs: pauseWithin(gracefulKillTimeoutMs, defaultLadderOptions.gracefulKillIntervalMs),
    immediateKillIntervalMs: pauseWithin(immediateKillTimeoutMs, defaultLadderOptions.immediateKillIntervalMs),
  };
  const leave: LadderOptions = { ...stop, gracefulSignal: 'SIGHUP', immediateSignal: 'SIGHUP' };
  const hungKillMs = Math.min(hungMs, immediateKillTimeoutMs);
  return {
    /** Ends a worker and its game: TERM, QUIT, KILL. */
    stop,
    /** Ends a process but not its game: HUP, then KILL. */
    leave,
    /** For a hung process. Without TERM and QUIT: a worker that wakes up would find them and end its game. */
    hung: { ...leave, immediateKillTimeoutMs: hungKillMs, immediateKillIntervalMs: hungKillMs } satisfies LadderOptions,
    /** For queue and Redis at the end of an immediate shutdown: a short time after TERM, then KILL. */
    soon: {
      ...stop,
      gracefulKillTimeoutMs: Math.min(3_000, gracefulKillTimeoutMs),
      immediateKillTimeoutMs: Math.min(2_000, immediateKillTimeoutMs),
      immediateKillIntervalMs: 1_000,
    } satisfies LadderOptions,
  };
};

const pauseWithin = (timeoutMs: number, usualMs: number): number =>
  timeoutMs < 0 ? usualMs : Math.min(timeoutMs, usualMs);
