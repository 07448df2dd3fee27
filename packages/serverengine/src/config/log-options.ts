import type { LoggerOptions } from '@pinky/supervisor';
import { classicFormat } from './serverengine-format.js';
import type { EffectiveConfig } from './server-config.js';

/** The part of a configuration that is about the log, as options of a logger. */
export function loggerOptions(config: EffectiveConfig): LoggerOptions {
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

/** The streams whose output goes to the log. A stream that is the log itself is never one of them. */
export const hookedStreams = (
  config: EffectiveConfig,
): { readonly hookStdout: boolean; readonly hookStderr: boolean } => ({
  hookStdout: config['logStdout'] && config['log'] !== '-',
  hookStderr: config['logStderr'] && config['log'] !== undefined && config['log'] !== null,
});
