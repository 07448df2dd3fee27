import { PinkyError, remedies, toErrorAnswer, type BoxConfig } from '@pinky/protocol';
import { dumpPath, dumpTo, type HeldSignals } from '@pinky/supervisor';
import { join, dirname } from 'node:path';
import type { BoxPrograms } from './child-specs.js';
import { loadEffectiveConfig } from './load-config.js';
import { runBoxSupervisor } from './run-box-supervisor.js';

/** Exit codes of the supervisor's program. */
export const supervisorExitCodes = { left: 0, failed: 1, alreadyRunning: 4 } as const;

/** Runs the supervisor of $PINKY_HOME; says on stderr why it could not. */
export async function runMain(signals: HeldSignals): Promise<number> {
  try {
    const home = process.env['PINKY_HOME'];
    if (!home) throw new PinkyError('bad_option', 'PINKY_HOME is not set');
    return await runBoxSupervisor(loadEffectiveConfig(home), {
      programs: realPrograms(),
      signals,
      reloadConfig: () => checkedAnew(home),
      dump: () => dumpTo(dumpPath()),
    });
  } catch (error) {
    const { code, message } = toErrorAnswer(error);
    process.stderr.write(`pinky: ${code}: ${message}\n  ${remedies[code]}\n`);
    return code === 'already_running' ? supervisorExitCodes.alreadyRunning : supervisorExitCodes.failed;
  }
}

/**
 * pinky.yml and our own environment, checked; the children read what is written here. Whoever asks has another
 * environment.
 */
async function checkedAnew(home: string): Promise<BoxConfig> {
  const { refreshConfig } = await import('../config/index.js'); // zod and yaml: only when needed
  return refreshConfig({ home, env: process.env });
}

/** The programs that are installed beside us. */
export function realPrograms(): BoxPrograms {
  return {
    worker: join(dirname(require.resolve('@pinky/worker')), 'worker.cjs'),
    queue: join(dirname(require.resolve('@pinky/queue')), 'main.js'),
    redisServer: 'redis-server',
  };
}
