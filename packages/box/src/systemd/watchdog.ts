import type { ChildView, LadderOptions } from '@pinky/supervisor';

/**
 * How often systemd wants to hear from process `pid`, in milliseconds, from the variables of sd_watchdog_enabled(3).
 * Undefined if it does not want to, or wants to hear from another process.
 */
export function watchdogMsOf(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const us = Number(env['WATCHDOG_USEC']);
  const isForUs = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === pid;
  return isForUs && us > 0 ? us / 1000 : undefined;
}

/** Extra time beyond that of the ladder, in milliseconds: on a busy machine the supervisor may be late. */
const graceMs = 60_000;

/**
 * Describes a hung child that the supervisor should have replaced long ago. Undefined if there is none. A child that is
 * only late, or that backs off or stops, is left to the supervisor.
 */
export function neglectedChild(children: readonly ChildView[], ladder: LadderOptions): string | undefined {
  const steps = [ladder.heartbeatTimeoutMs ?? -1, ladder.immediateKillTimeoutMs];
  if (steps.some((ms) => ms < 0)) return undefined; // no limit is set
  const limitMs = steps.reduce((sum, ms) => sum + ms, graceMs);
  const hung = children.find(({ state, heartbeatAgeMs = 0 }) => state === 'running' && heartbeatAgeMs > limitMs);
  return (
    hung && `${hung.name} (pid ${hung.pid}) has been silent for ${Math.round((hung.heartbeatAgeMs ?? 0) / 1000)} s`
  );
}
