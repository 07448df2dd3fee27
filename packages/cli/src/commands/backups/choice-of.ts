import { assertServerId, PinkyError } from '@pinky/protocol';
import { textFlag, type Flags } from '../../command-line/context.js';

/** The server and the backup that the command line names: `<id> [which]`, or `--at <time>`. */
export function choiceOf([serverId, which]: readonly string[], flags: Flags): Readonly<Record<string, unknown>> {
  assertServerId(serverId);
  const at = textFlag(flags, 'at');
  if (which !== undefined && at !== undefined) {
    throw new PinkyError('bad_command', `name a backup (${which}) or give a time (--at ${at}), but not both`);
  }
  return { serverId, ...(which !== undefined && { which }), ...(at !== undefined && { at }) };
}
