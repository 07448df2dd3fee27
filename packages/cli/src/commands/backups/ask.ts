import { assertServerId, PinkyError, type BackupCommandName, type BoxCommandResult } from '@pinky/protocol';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';
import { QueueClient } from '../../talk/queue.js';
import { showProgress } from '../../terminal/progress.js';

/** Sends a command about backups, and shows its progress. */
export async function ask<R extends BoxCommandResult>(
  context: Context,
  name: BackupCommandName,
  data: Readonly<Record<string, unknown>>,
): Promise<R> {
  const progress = showProgress(context.out);
  try {
    return await new QueueClient(context).boxCommand<R>(name, data, progress.listener);
  } finally {
    progress.done();
  }
}

/** The server and the backup that the command line names: `<id> [which]`, or `--at <time>`. */
export function choiceOf([serverId, which]: readonly string[], flags: Flags): Readonly<Record<string, unknown>> {
  assertServerId(serverId);
  const at = textFlag(flags, 'at');
  if (which !== undefined && at !== undefined) {
    throw new PinkyError('bad_command', `name a backup (${which}) or give a time (--at ${at}), but not both`);
  }
  return { serverId, ...(which !== undefined && { which }), ...(at !== undefined && { at }) };
}
