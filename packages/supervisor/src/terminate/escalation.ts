import type { LadderOptions } from './ladder.js';

/** How far one process is up the ladder. Immutable. All times are milliseconds of one monotonic clock. */
export interface Escalation {
  readonly lastBeatAt: number;
  /** The process has sent no heartbeat yet. */
  readonly isBooting?: boolean;
  readonly gracefulSince?: number;
  readonly immediateSince?: number;
  readonly nextSignalAt?: number;
  /** Signals sent since the rung began. Each one makes the next pause longer. */
  readonly sent: number;
}

export type Rung = 'graceful' | 'immediate' | 'kill';

/** The outcome of a tick: how far the process is now, and the signal to send now, if any. */
export interface TickDecision {
  readonly next: Escalation;
  readonly signal?: NodeJS.Signals;
  readonly rung?: Rung;
  /** True for the tick that found the heartbeat silent for too long. */
  readonly stalled?: boolean;
}

/** A process that has just been started. Its start counts as a heartbeat. */
export const watched = (now: number): Escalation => ({ lastBeatAt: now, isBooting: true, sent: 0 });

export const beat = (at: Escalation, now: number): Escalation => ({ ...at, lastBeatAt: now, isBooting: false });

/** The silence so far is that much shorter. */
export const excused = (at: Escalation, ms: number, now: number): Escalation =>
  ({ ...at, lastBeatAt: Math.min(at.lastBeatAt + ms, now) });

/** Begins the graceful rung. Asking again changes nothing. */
export const askGracefully = (at: Escalation, now: number): Escalation =>
  ({ ...at, gracefulSince: at.gracefulSince ?? now, nextSignalAt: at.nextSignalAt ?? now });

/**
 * Begins the immediate rung. An immediate stop during a graceful one acts at once. ServerEngine waits for the next
 * graceful signal instead, and goes on with the pauses as they have grown by then.
 */
export const askImmediately = (at: Escalation, now: number): Escalation =>
  at.immediateSince === undefined ? { ...at, immediateSince: now, nextSignalAt: now, sent: 0 } : at;

/**
 * Decides what to do at `now`. Same as ServerEngine's `Monitor#tick`: the graceful timeout must be exceeded, while the
 * immediate one and the heartbeat's need only be reached.
 */
export function tick(before: Escalation, now: number, options: LadderOptions): TickDecision {
  const stalled = before.immediateSince === undefined && isSilent(before, now, options);
  const at = stalled || isGraceOver(before, now, options) ? promoted(before, now) : before;
  if (at.nextSignalAt === undefined || at.nextSignalAt > now) return { next: at, ...(stalled && { stalled }) };
  const rung = rungOf(at, now, options);
  const pauseMs = at.immediateSince === undefined
    ? options.gracefulKillIntervalMs + options.gracefulKillIntervalIncrementMs * at.sent
    : options.immediateKillIntervalMs + options.immediateKillIntervalIncrementMs * at.sent;
  const next = { ...at, nextSignalAt: now + pauseMs, sent: at.sent + 1 };
  return {
    next,
    signal: signalOf(rung, options),
    rung,
    ...(stalled && { stalled }),
  };
}

/**
 * The same process, whose first KILL comes at its own time. By ServerEngine's rule it would wait for the time of the
 * next immediate signal, even if that is a long pause away.
 */
export function killedInTime(at: Escalation, { immediateKillTimeoutMs: timeoutMs }: LadderOptions): Escalation {
  if (at.immediateSince === undefined || at.nextSignalAt === undefined || timeoutMs < 0) return at;
  return { ...at, nextSignalAt: Math.min(at.nextSignalAt, at.immediateSince + timeoutMs) };
}

/** Least time between two looks at a ladder. Milliseconds. An interval of 0 must not become a storm of signals. */
export const leastLookMs = 50;

/**
 * The latest time for the next look, so that no rung comes late. Undefined if the process was not asked to leave.
 */
export function nextLookAt(at: Escalation, { gracefulKillTimeoutMs }: LadderOptions): number | undefined {
  if (at.nextSignalAt === undefined) return undefined;
  const isWaiting = at.immediateSince === undefined && at.gracefulSince !== undefined && gracefulKillTimeoutMs >= 0;
  return isWaiting ? Math.min(at.nextSignalAt, at.gracefulSince + gracefulKillTimeoutMs + 1) : at.nextSignalAt;
}

const promoted = (at: Escalation, now: number): Escalation => ({
  ...at,
  immediateSince: now,
  nextSignalAt: now,
  sent: 0,
});

/** Whether the process has been silent for too long. */
export function isSilent(at: Escalation, now: number, ladder: LadderOptions): boolean {
  const { heartbeatTimeoutMs, bootTimeoutMs = 0 } = ladder;
  if (heartbeatTimeoutMs === undefined || heartbeatTimeoutMs < 0) return false;
  const patienceMs = at.isBooting ? Math.max(heartbeatTimeoutMs, bootTimeoutMs) : heartbeatTimeoutMs;
  return now - at.lastBeatAt >= patienceMs;
}

const isGraceOver = (at: Escalation, now: number, { gracefulKillTimeoutMs }: LadderOptions): boolean =>
  at.immediateSince === undefined && at.gracefulSince !== undefined
  && gracefulKillTimeoutMs >= 0 && now - at.gracefulSince > gracefulKillTimeoutMs;

function rungOf(at: Escalation, now: number, { immediateKillTimeoutMs }: LadderOptions): Rung {
  if (at.immediateSince === undefined) return 'graceful';
  return immediateKillTimeoutMs >= 0 && now - at.immediateSince >= immediateKillTimeoutMs ? 'kill' : 'immediate';
}

function signalOf(rung: Rung, options: LadderOptions): NodeJS.Signals {
  switch (rung) {
    case 'graceful': return options.gracefulSignal;
    case 'immediate': return options.immediateSignal;
    case 'kill': return 'SIGKILL';
  }
}
