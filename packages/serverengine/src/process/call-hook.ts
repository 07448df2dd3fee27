import type { ProcessLogger } from '@pinky/supervisor';

/** A hook that fails is logged, and its worker goes on. */
export async function guarded(logger: ProcessLogger, hook: string, call: () => void | Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    logger.error({ event: 'hook.failed', hook, error });
  }
}
