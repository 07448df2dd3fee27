import type { LadderOptions } from './ladder.js';

/** Where one process stands on the ladder. Immutable; every time is of one monotonic clock, milliseconds. */
export interface Escalation {
  readonly lastBeatAt: number;
  readonly gracefulSince?: number;
  readonly immediateSince?: number;
  readonly nextSignalAt?: number;
  /** Signals sent since the rung began; each makes the next pause longer. */
  readonly sent: number;
}

export type Rung = 'graceful' | 'immediate' | 'kill';

/** What a tick decided: the new position, and the signal to send now, if any. */
export interface TickDecision {
  readonly next: Escalation;
  readonly signal?: NodeJS.Signals;
  readonly rung?: Rung;
  /** True on the tick that found the heartbeat silent for too long. */
  readonly stalled?: boolean;
}

/** A process that has just been started: that counts as a heartbeat. */
export const watched = (now: number): Escalation => ({ lastBeatAt: now, sent: 0 });

export const beat = (at: Escalation, now: number): Escalation => ({ ...at, lastBeatAt: now });

/** Begins the graceful rung; asking again changes nothing. */
export const askGracefully = (at: Escalation, now: number): Escalation =>
  ({ ...at, gracefulSince: at.gracefulSince ?? now, nextSignalAt: at.nextSignalAt ?? now });

/**
 * Begins the immediate rung. Unlike ServerEngine (which waits for the next graceful signal's time, and lets the pauses
 * go on growing from there), an immediate stop during a graceful one acts at once.
 */
export const askImmediately = (at: Escalation, now: number): Escalation =>
  at.immediateSince === undefined ? { ...at, immediateSince: now, nextSignalAt: now, sent: 0 } : at;

/**
 * What is to be done at `now`. Equal to ServerEngine's `Monitor#tick`: the graceful timeout must be exceeded, the
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
  return { next, signal: signalOf(rung, options), rung, ...(stalled && { stalled }) };
}

/** Least time between two looks at a ladder, milliseconds: an interval of 0 is not to become a storm of signals. */
export const leastLookMs = 50;

/**
 * When a process that was asked to go is to be looked at again at the latest, so that no rung is late; undefined where
 * it was not asked.
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

/** Whether the process has been silent for as long as its heartbeat may be. */
export const isSilent = (at: Escalation, now: number, { heartbeatTimeoutMs }: LadderOptions): boolean =>
  heartbeatTimeoutMs !== undefined && heartbeatTimeoutMs >= 0 && now - at.lastBeatAt >= heartbeatTimeoutMs;

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
