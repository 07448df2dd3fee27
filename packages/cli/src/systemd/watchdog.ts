import type { TreeChild, LadderOptions } from '@pinky/supervisor';

/**
 * How often systemd must hear from process `pid`, milliseconds, by sd_watchdog_enabled(3)'s variables; undefined where
 * it does not ask, or asks another process.
 */
export function watchdogMsOf(env: NodeJS.ProcessEnv, pid: number): number | undefined {
  const us = Number(env['WATCHDOG_USEC']);
  const isForUs = env['WATCHDOG_PID'] === undefined || Number(env['WATCHDOG_PID']) === pid;
  return isForUs && us > 0 ? us / 1000 : undefined;
}

/** Beyond a ladder's own time, milliseconds: a busy machine is no hung supervisor. */
const graceMs = 60_000;

/**
 * A child that hangs and that the supervisor should have replaced long ago, in words; undefined where all is well. A
 * child that is merely late, that backs off or that is being stopped is the supervisor's business, not systemd's.
 */
export function neglectedChild(children: readonly TreeChild[], ladder: LadderOptions): string | undefined {
  const steps = [ladder.heartbeatTimeoutMs ?? -1, ladder.immediateKillTimeoutMs];
  if (steps.some((ms) => ms < 0)) return undefined; // it may take for ever
  const limitMs = steps.reduce((sum, ms) => sum + ms, graceMs);
  const hung = children.find(({ state, heartbeatAgeMs = 0 }) => state === 'running' && heartbeatAgeMs > limitMs);
  return (
    hung && `${hung.name} (pid ${hung.pid}) has been silent for ${Math.round((hung.heartbeatAgeMs ?? 0) / 1000)} s`
  );
}
