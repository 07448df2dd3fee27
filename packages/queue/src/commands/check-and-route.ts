import type { CommandResult, ProgressListener } from '@pinky/protocol';
import { deadlineOf, parseCommand } from '@pinky/protocol/schemas';
import type { CommandRoute } from '../routing/command-route.js';

/** A command as it came from outside, with the id under which it runs at most once. */
export interface RawCommand {
  readonly name: unknown;
  readonly data: unknown;
  readonly id: string;
  readonly isTakenAgain?: boolean;
  readonly onProgress?: ProgressListener;
}

/**
 * Checks a command, sends it on its way, and answers its result. It is on its way before this function first waits, so
 * callers that call in order have their commands run in order. Throws what `parseCommand` and the router throw.
 */
export async function checkAndRoute(router: CommandRoute, raw: RawCommand): Promise<CommandResult> {
  const command = parseCommand(raw.name, raw.data);
  return router.route({
    command,
    id: raw.id,
    deadlineMs: deadlineOf(command.name, raw.data),
    ...(raw.isTakenAgain && { isTakenAgain: true }),
    ...(raw.onProgress && { onProgress: raw.onProgress }),
  });
}
