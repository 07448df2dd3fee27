import type { ProcessLogger } from '@pinky/supervisor';
import type { ConfigSource } from '../config/config-source.js';
import { followConfig } from './make-logger.js';

/** Reads the configuration again. If that fails the old one stays and the log says so. The logger follows. */
export async function reloadSource(source: ConfigSource, logger: ProcessLogger): Promise<void> {
  try {
    await source.load();
  } catch (error) {
    logger.error({ event: 'config.unchanged', error });
  }
  followConfig(logger, source.current);
}
