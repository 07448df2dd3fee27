import { PinkyError, processExits, readEffectiveConfig, toErrorAnswer } from '@pinky/protocol';
import { dumpPath, dumpTo, type HeldSignals } from '@pinky/supervisor';
import { installedPrograms } from './programs.js';
import { refreshInOwnProcess } from './refresh-config.js';
import { runBoxSupervisor } from './run-box-supervisor.js';

/** Runs the supervisor of $PINKY_HOME. If it cannot, it says why on stderr. Resolves with the exit code. */
export async function runMain(signals: HeldSignals): Promise<number> {
  try {
    const home = process.env['PINKY_HOME'];
    if (!home) throw new PinkyError('bad_option', 'PINKY_HOME is not set');
    return await runBoxSupervisor(readEffectiveConfig(home), {
      programs: installedPrograms(),
      signals,
      // in our own environment: the command that asks for a reload has another one
      reloadConfig: () => refreshInOwnProcess({ home, env: process.env }),
      dump: () => dumpTo(dumpPath()),
    });
  } catch (error) {
    const { code, message, remedy } = toErrorAnswer(error);
    process.stderr.write(`pinky: ${code}: ${message}\n  ${remedy}\n`);
    return code === 'already_running' ? processExits.occupied : processExits.failed;
  }
}
