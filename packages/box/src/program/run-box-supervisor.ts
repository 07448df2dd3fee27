import { boxPaths, PinkyError, type BoxConfig } from '@pinky/protocol';
import { holdSignals } from '@pinky/supervisor';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { settleHome } from '../home/copied-home.js';
import { longestSocketPath } from '../home/socket-path.js';
import { BoxSupervisor, type BoxSupervisorOptions } from '../supervise/box-supervisor.js';
import { openBoxLog } from './box-log.js';
import { claimHome } from './home-claim.js';

/**
 * Supervises a box until it is told to leave, and resolves with the exit code. Throws `already_running` if another
 * supervisor owns the home, and `bad_option`.
 */
export async function runBoxSupervisor(config: BoxConfig, options: BoxSupervisorOptions): Promise<number> {
  const { signals = holdSignals() } = options;
  const paths = boxPaths(config.home);
  if (Buffer.byteLength(paths.supervisorSocket) > longestSocketPath) {
    throw new PinkyError(
      'bad_option',
      `home: ${paths.supervisorSocket} is too long for a socket (${longestSocketPath} bytes)`,
    );
  }
  for (const dir of [config.home, paths.logDir]) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const claim = claimHome(paths.supervisorPid);
  const log = openBoxLog(join(paths.logDir, 'supervisor.log'), config.logLevel);
  claim.keep(log);
  try {
    settleHome(config, log);
    return await new BoxSupervisor(config, options, log, signals).run();
  } finally {
    // Those of the program stay caught until it is gone: a late signal must not kill a supervisor that has ended well.
    if (options.signals) signals.obey({});
    else signals.release();
    claim.release();
  }
}
