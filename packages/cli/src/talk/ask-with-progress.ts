import type { BoxCommandName, BoxCommandResult } from '@pinky/protocol';
import type { Context } from '../command-line/context.js';
import { showProgress } from '../terminal/progress.js';
import { QueueClient } from './queue.js';

/** Sends a command about the box, its backups or its schedules, and shows its progress. */
export async function askWithProgress<R extends BoxCommandResult>(
  context: Context,
  name: BoxCommandName,
  data: Readonly<Record<string, unknown>>,
): Promise<R> {
  const progress = showProgress(context.out);
  try {
    return await new QueueClient(context).boxCommand<R>(name, data, progress.listener);
  } finally {
    progress.done();
  }
}
