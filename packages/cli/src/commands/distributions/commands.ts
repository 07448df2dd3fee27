import { PinkyError, type DistributionResult, type DistributionsResult } from '@pinky/protocol';
import { textFlag, type Action, type Flags } from '../../command-line/context.js';
import { askWithProgress } from '../../talk/ask-with-progress.js';
import { table } from '../../terminal/table.js';
import { boxColumns, boxRow, columns, rowOf, summary } from './rows.js';

/** `pinky distribute`: returns with the first wave on its way. */
export const distribute: Action = async (context, [funpack], flags) => {
  const data = { funpack, ...given(flags) };
  const { distribution } = await askWithProgress<DistributionResult>(context, 'distribute', data);
  const { out } = context;
  out.answer(distribution, () => [summary(context, distribution)]);
  out.note(out.paint('quiet', `\`pinky distributions ${distribution.id}\` shows how far each box is.`));
};

/** `pinky distributions [id]`. With an id it exits with 1 if a box has failed. */
export const list: Action = async (context, [distribution]) => {
  const data = distribution === undefined ? {} : { distribution };
  const { distributions } = await askWithProgress<DistributionsResult>(context, 'distributions', data);
  const { out } = context;
  const now = context.clock.wallNow();
  const [one] = distributions;
  if (distribution !== undefined && one) {
    const boxes = one.boxes ?? [];
    out.answer(one, () => [
      summary(context, one),
      ...table(boxColumns, boxes.map((each) => boxRow(context, each, now))),
    ]);
    return one.counts.failed > 0 ? 1 : 0;
  }
  out.answer({ distributions }, () =>
    (distributions.length === 0 ? [] : table(columns, distributions.map((each) => rowOf(context, each, now)))));
  if (distributions.length === 0) out.note('this box was asked for no distribution');
  return 0;
};

/** `pinky distribution cancel`. */
export const cancel: Action = async (context, [id]) => {
  const answer = await askWithProgress<DistributionResult>(context, 'distribution cancel', { distribution: id });
  const { distribution, already } = answer;
  context.out.answer(distribution, () => [
    ...(already ? [`nothing had to be done: ${distribution.id} was ${distribution.state} already`] : []),
    summary(context, distribution),
  ]);
};

/** The fields that the flags name. The box checks them further. */
function given(flags: Flags): Record<string, unknown> {
  const [sha256, md5, boxes, group] = ['sha256', 'md5', 'boxes', 'group'].map((name) => textFlag(flags, name));
  const [waveSize, enoughPercent] = [countOf(flags, 'wave'), countOf(flags, 'enough')];
  const mostFailures = countOf(flags, 'mostFailures');
  return {
    ...(sha256 !== undefined && { sha256 }),
    ...(md5 !== undefined && { md5 }),
    ...(boxes !== undefined && { boxes: boxes.split(',').map((name) => name.trim()).filter((name) => name !== '') }),
    ...(group !== undefined && { group }),
    ...(waveSize !== undefined && { waveSize }),
    ...(enoughPercent !== undefined && { enoughPercent }),
    ...(mostFailures !== undefined && { mostFailures }),
  };
}

function countOf(flags: Flags, name: string): number | undefined {
  const text = textFlag(flags, name);
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new PinkyError('bad_command', `--${flag} must be a whole number, not ${JSON.stringify(text).slice(0, 80)}`);
}
