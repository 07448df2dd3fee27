import { PinkyError } from '@pinky/protocol/base';
import type { Effective, LoggerFactory } from '../config/server-config.js';
import type { LoggerOptions, ProcessLogger } from '@pinky/supervisor';
import { createPlainLogger } from '@pinky/supervisor/plain-logger';
import { importModule, pick } from './load-module.js';
import { classicFormat } from './serverengine-format.js';

/** What a configuration says about the log. */
export function loggerOptions(config: Effective): LoggerOptions {
  const isStandardError = config['log'] === undefined || config['log'] === null;
  return {
    ...(isStandardError ? {} : { path: config['log'] ?? undefined }),
    level: config['logLevel'],
    format: config['logFormat'] === 'serverengine' ? classicFormat : config['logFormat'],
    rotateSizeBytes: config['logRotateSize'],
    rotateGenerations: config['logRotateAge'],
    ...hookedStreams(config),
  };
}

/** Which streams are hooked: never the one that the log itself goes to. */
export const hookedStreams = (config: Effective): { readonly hookStdout: boolean; readonly hookStderr: boolean } => ({
  hookStdout: config['logStdout'] && config['log'] !== '-',
  hookStderr: config['logStderr'] && config['log'] !== undefined && config['log'] !== null,
});

/**
 * The logger of a process: `loggerClass`, or the library's own without winston (`loggerClass: createLogger` is the one
 * with it).
 */
export async function makeLogger(config: Effective): Promise<ProcessLogger> {
  const given = config['loggerClass'];
  const options = loggerOptions(config);
  if (given === undefined || given === null) return createPlainLogger(options);
  if (typeof given !== 'string') return given(options);
  const factory = pick(await importModule(given, 'logger module'), ['createLogger']);
  if (typeof factory !== 'function') throw new PinkyError('bad_option', `${given} exports no createLogger`);
  // The cast holds by the option's contract.
  return (factory as LoggerFactory)(options);
}

/**
 * After a reload: level and path of the new configuration, and the file at the path whatever was renamed meanwhile. A
 * bad path leaves the old one.
 */
export function followConfig(logger: ProcessLogger, config: Effective): void {
  try {
    logger.configure({ level: config['logLevel'], path: config['log'] ?? undefined });
  } catch (error) {
    logger.error({ event: 'log.unchanged', path: config['log'], error });
  }
  logger.reopen();
}
