/**
 * How a process is made to leave: graceful signals at growing intervals, then immediate ones, then KILL. The names and
 * defaults are those of ServerEngine's manual. Times are in milliseconds.
 */
export interface LadderOptions {
  /** The polite request. Default `SIGTERM`. */
  readonly gracefulSignal: NodeJS.Signals;
  /**
   * The urgent request. It is sent when the polite one was in vain, at an immediate stop, and when heartbeats stop.
   * Default `SIGQUIT`.
   */
  readonly immediateSignal: NodeJS.Signals;
  /** Pause between the first and the second graceful signal. Default 15 000. */
  readonly gracefulKillIntervalMs: number;
  /** Added to that pause with each further signal. Default 10 000. */
  readonly gracefulKillIntervalIncrementMs: number;
  /** From the first graceful signal to the first immediate one. -1 means never. Default 600 000. */
  readonly gracefulKillTimeoutMs: number;
  /** Pause between the first and the second immediate signal. Default 10 000. */
  readonly immediateKillIntervalMs: number;
  /** Added to that pause with each further signal. Default 10 000. */
  readonly immediateKillIntervalIncrementMs: number;
  /** From the first immediate signal to KILL. -1 means never. Default 600 000. */
  readonly immediateKillTimeoutMs: number;
  /**
   * Silence after which a process counts as stalled and the immediate rung begins. Absent or -1 means never.
   * ServerEngine's default is 180 000.
   */
  readonly heartbeatTimeoutMs?: number;
  /**
   * The same for a process that has sent no heartbeat yet, if it is longer: on a starved machine a program loads for
   * many seconds. Absent: `heartbeatTimeoutMs`, as in ServerEngine.
   */
  readonly bootTimeoutMs?: number;
}

/** ServerEngine's defaults, without a heartbeat. */
export const defaultLadderOptions: LadderOptions = {
  gracefulSignal: 'SIGTERM',
  immediateSignal: 'SIGQUIT',
  gracefulKillIntervalMs: 15_000,
  gracefulKillIntervalIncrementMs: 10_000,
  gracefulKillTimeoutMs: 600_000,
  immediateKillIntervalMs: 10_000,
  immediateKillIntervalIncrementMs: 10_000,
  immediateKillTimeoutMs: 600_000,
};
