import type { BoxCommandResult, CommandResult, ProgressListener } from '@pinky/protocol';
import { deadlineOf, parseBoxCommand, parseCommand } from '@pinky/protocol/schemas';
import type { CommandRoute } from '../routing/command-route.js';
import type { BoxCommands } from './box-commands.js';
import type { CommandTimes } from './command-times.js';

/** A command as it came from outside, with the id under which it runs at most once. */
export interface RawCommand {
  readonly name: unknown;
  readonly data: unknown;
  readonly id: string;
  readonly isTakenAgain?: boolean;
  readonly onProgress?: ProgressListener;
}

/** The two that carry commands out: the workers, through the router, and the queue itself. And how long that took. */
export interface CommandTargets {
  readonly router: CommandRoute;
  readonly boxCommands: BoxCommands;
  readonly times: CommandTimes;
}

/**
 * Checks a command, sends it on its way, and answers its result. It is on its way before this function first waits, so
 * callers that call in order have their commands run in order. Throws what `parseCommand`, the router and the box
 * commands throw.
 */
export async function checkAndRoute(
  { router, boxCommands }: Pick<CommandTargets, 'router' | 'boxCommands'>,
  raw: RawCommand,
): Promise<CommandResult | BoxCommandResult> {
  const onProgress = raw.onProgress && { onProgress: raw.onProgress };
  const ofBox = parseBoxCommand(raw.name, raw.data);
  if (ofBox) {
    return boxCommands.answer(ofBox, { id: raw.id, deadlineMs: deadlineOf(ofBox.name, raw.data), ...onProgress });
  }
  const command = parseCommand(raw.name, raw.data);
  return router.route({
    command,
    id: raw.id,
    deadlineMs: deadlineOf(command.name, raw.data),
    ...(raw.isTakenAgain && { isTakenAgain: true }),
    ...onProgress,
  });
}
