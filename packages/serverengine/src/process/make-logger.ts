import { PinkyError } from '@pinky/protocol/base';
import type { ProcessLogger } from '@pinky/supervisor';
import { createPlainLogger } from '@pinky/supervisor/plain-logger';
import { loggerOptions } from '../config/log-options.js';
import type { EffectiveConfig, LoggerFactory } from '../config/server-config.js';
import { findExport, importModule } from './load-module.js';

/**
 * Makes a process's logger: the one that `loggerClass` names, or the library's own without winston. The one with
 * winston is `loggerClass: createLogger`.
 */
export async function makeLogger(config: EffectiveConfig): Promise<ProcessLogger> {
  const given = config['loggerClass'];
  const options = loggerOptions(config);
  if (given === undefined || given === null) return createPlainLogger(options);
  if (typeof given !== 'string') return given(options);
  const factory = findExport(await importModule(given, 'logger module'), ['createLogger']);
  if (typeof factory !== 'function') throw new PinkyError('bad_option', `${given} exports no createLogger`);
  // The cast holds by the option's contract.
  return (factory as LoggerFactory)(options);
}

/**
 * After a reload, takes over level and path of the new configuration, and opens the path again, in case the file was
 * renamed. A bad path leaves the old one.
 */
export function followConfig(logger: ProcessLogger, config: EffectiveConfig): void {
  try {
    logger.configure({ level: config['logLevel'], path: config['log'] ?? undefined });
  } catch (error) {
    logger.error({ event: 'log.unchanged', path: config['log'], error });
  }
  logger.reopen();
}
