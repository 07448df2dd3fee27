import { PinkyError, type RestoreResult } from '@pinky/protocol';
import type { Action, Context } from '../../command-line/context.js';
import { askWithProgress } from '../../talk/ask-with-progress.js';
import { choiceOf } from './choice-of.js';
import { sentenceOf } from './rows.js';

/** `pinky restore <id> [which]`: goes back to an older world, and says what it did. */
export const restore: Action = async (context, args, flags) => {
  const data = choiceOf(args, flags);
  let result: RestoreResult;
  try {
    result = await askWithProgress<RestoreResult>(context, 'restore', data);
  } catch (error) {
    if (context.signal.aborted) context.out.note('the box goes on with it; `pinky backups` shows what became of it');
    throw error;
  }
  context.out.answer(result, () => linesOf(context, result));
  if (result.notStarted) {
    const { code, message } = result.notStarted;
    throw new PinkyError(code, `the world is restored, but ${result.serverId} did not start: ${message}`);
  }
  return 0;
};

function linesOf(context: Context, { serverId, backup, newest, present, ...rest }: RestoreResult): string[] {
  const { out } = context;
  const { wasStopped, parked, backupFailed, state, port, notStarted } = rest;
  const place = port === undefined ? '' : ` on port ${port}`;
  const isDown = notStarted === undefined && state === 'down';
  return [
    `${out.paint('strong', serverId)} goes on from ${sentenceOf(context, backup)}`,
    ...(backup.isUnclean ? [out.paint('busy', 'note: this world may be torn: its game was ended by force')] : []),
    ...(backup.isIncomplete ? [out.paint('busy', 'note: this backup lacks a part of the world')] : []),
    ...(wasStopped ? ['the game was stopped'] : []),
    ...(present ? [`the world before is ${sentenceOf(context, present)}; it is pinned for 30 days`] : []),
    ...(backupFailed
      ? [out.paint('busy', `note: no backup holds the last of it (${out.foreign(backupFailed.message)})`
        + (parked === undefined ? '' : `; it is set aside in ${out.foreign(parked)}`))]
      : []),
    ...(present ? [`to undo this: \`pinky restore ${serverId} ${present.seconds}\``] : []),
    ...(isDown ? [`it is down, and its next start takes ${newest.seconds}`] : []),
    ...(isDown || notStarted ? [] : [`it is ${state}${place}`]),
  ].map((line) => out.advice(line));
}
