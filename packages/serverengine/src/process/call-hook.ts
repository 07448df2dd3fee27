import type { ProcessLogger } from '@pinky/supervisor';

/** Calls a hook of the user's module. If it fails, the log says so and the program goes on. */
export async function callHook(logger: ProcessLogger, hook: string, call: () => void | Promise<void>): Promise<void> {
  try {
    await call();
  } catch (error) {
    logger.error({ event: 'hook.failed', hook, error });
  }
}
