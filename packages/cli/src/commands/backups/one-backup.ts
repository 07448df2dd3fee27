import { resolve } from 'node:path';
import { PinkyError, type OneBackupResult } from '@pinky/protocol';
import { isSet, textFlag, type Action } from '../../command-line/context.js';
import { formatSize } from '../../terminal/figures.js';
import { askWithProgress } from '../../talk/ask-with-progress.js';
import { choiceOf } from './choice-of.js';
import { pinOf, sentenceOf } from './rows.js';

/** `pinky pin <id> [which]`: keeps a backup for ever, or for some days. */
export const pin: Action = async (context, args, flags) => {
  const [days, because] = [textFlag(flags, 'days'), textFlag(flags, 'because')];
  const result = await askWithProgress<OneBackupResult>(context, 'pin', {
    ...choiceOf(args, flags),
    ...(days !== undefined && { days: daysOf(days) }),
    ...(because !== undefined && { because }),
  });
  const { backup } = result;
  const left = pinOf(backup, context.clock.wallNow());
  const until = left === 'ever' ? 'until it is unpinned' : `for ${left}`;
  context.out.answer(result, () => [`pinned ${until}: ${sentenceOf(context, backup)}`]);
};

export const unpin: Action = async (context, args, flags) => {
  const result = await askWithProgress<OneBackupResult>(context, 'unpin', choiceOf(args, flags));
  const what = result.already ? 'was not pinned' : 'is kept by the rules of retention again';
  context.out.answer(result, () => [`${what}: ${sentenceOf(context, result.backup)}`]);
};

/** `pinky verify <id> [which]`: reads a backup back. */
export const verify: Action = async (context, args, flags) => {
  const result = await askWithProgress<OneBackupResult>(context, 'verify', choiceOf(args, flags));
  const { backup, files = 0, bytes = 0 } = result;
  context.out.answer(result, () => [
    `whole, ${files} file${files === 1 ? '' : 's'} of ${formatSize(bytes)}: ${sentenceOf(context, backup)}`,
  ]);
};

/** `pinky backups rm <id> <which>`. */
export const removeBackup: Action = async (context, args, flags) => {
  const choice = choiceOf(args, flags);
  if (choice['which'] === undefined && choice['at'] === undefined) {
    throw new PinkyError('bad_command', 'backups rm: say which: pinky backups rm <id> <which>, or --at <time>');
  }
  const data = { ...choice, ...(isSet(flags, 'discard') && { discard: true }) };
  const result = await askWithProgress<OneBackupResult>(context, 'backups rm', data);
  context.out.answer(result, () => [`removed: ${sentenceOf(context, result.backup)}`]);
};

/** `pinky backups get <id> <which> <file>`. */
export const getBackup: Action = async (context, [serverId = '', which = '', file = ''], flags) => {
  const data = { ...choiceOf([serverId, which], flags), file: resolve(context.cwd, file) };
  const result = await askWithProgress<OneBackupResult>(context, 'backups get', data);
  const { size = 0, sha256 = '' } = result;
  context.out.answer(result, () => [
    `${context.out.foreign(result.file ?? '')} (${formatSize(size)}, sha256 ${sha256}): ` +
      sentenceOf(context, result.backup),
  ]);
};

function daysOf(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1) return days;
  throw new PinkyError('bad_command', `pin: --days ${text} is no whole number of days`);
}
