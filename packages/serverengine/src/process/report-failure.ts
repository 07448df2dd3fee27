import type { ProcessLogger } from '@pinky/supervisor';

/** Reports an error that ends the server: in the log, and on standard error for people who watch it start. */
export function reportServerFailure(logger: ProcessLogger, error: unknown): void {
  process.stderr.write(`server failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  logger.error({ event: 'server.failed', error });
}
