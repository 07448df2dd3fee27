import type { ProcessLogger } from '../logger/logger-options.js';

/** A hook that fails is logged, and its worker goes on. */
export async function guarded(logger: ProcessLogger, hook: string, call: () => void | Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    logger.error({ event: 'hook.failed', hook, error });
  }
}
