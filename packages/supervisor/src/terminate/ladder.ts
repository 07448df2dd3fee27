/**
 * How a process is asked to leave, and what follows when it does not: graceful signals at growing intervals, then
 * immediate ones, then KILL. Names and defaults are ServerEngine's (seed 004); times in milliseconds.
 */
export interface LadderOptions {
  /** Asks politely. Default `SIGTERM`. */
  readonly gracefulSignal: NodeJS.Signals;
  /**
   * Asks at once, where the graceful one was in vain, at an immediate stop, and when heartbeats stop. Default
   * `SIGQUIT`.
   */
  readonly immediateSignal: NodeJS.Signals;
  /** Pause between the first and the second graceful signal. Default 15 000. */
  readonly gracefulKillIntervalMs: number;
  /** Added to that pause with each further signal. Default 10 000. */
  readonly gracefulKillIntervalIncrementMs: number;
  /** From the first graceful signal to the first immediate one; -1: never. Default 600 000. */
  readonly gracefulKillTimeoutMs: number;
  /** Pause between the first and the second immediate signal. Default 10 000. */
  readonly immediateKillIntervalMs: number;
  /** Added to that pause with each further signal. Default 10 000. */
  readonly immediateKillIntervalIncrementMs: number;
  /** From the first immediate signal to KILL; -1: never. Default 600 000. */
  readonly immediateKillTimeoutMs: number;
  /** Silence after which a process counts as stalled and the immediate rung begins; absent, or -1: never. */
  readonly heartbeatTimeoutMs?: number;
}

/** ServerEngine's defaults, without a heartbeat. */
export const defaultLadder: LadderOptions = {
  gracefulSignal: 'SIGTERM',
  immediateSignal: 'SIGQUIT',
  gracefulKillIntervalMs: 15_000,
  gracefulKillIntervalIncrementMs: 10_000,
  gracefulKillTimeoutMs: 600_000,
  immediateKillIntervalMs: 10_000,
  immediateKillIntervalIncrementMs: 10_000,
  immediateKillTimeoutMs: 600_000,
};

/** The default of `heartbeatTimeoutMs` where heartbeats are on: ServerEngine's `worker_heartbeat_timeout`. */
export const defaultHeartbeatTimeoutMs = 180_000;
