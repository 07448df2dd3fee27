import { PinkyError, WebhookFiles, type WebhookState, type WebhookTry } from '@pinky/protocol';
import { isSet, textFlag, type Context, type Flags } from '../../command-line/context.js';
import { exitCodeOf } from '../../command-line/exit-codes.js';
import { patiently, webhookTalk } from '../../talk/webhooks.js';
import { filtersOf } from './filters.js';
import { shownWebhook } from './webhooks.js';

const hourMs = 3_600_000;

/** `pinky webhook show`: one webhook, how it stands, and what was given up. */
export async function showWebhook({ home, out }: Context, [id = '']: readonly string[]): Promise<void> {
  const endpoint = new WebhookFiles(home).get(id);
  const state = (await webhookTalk(home).states())?.get(id);
  const failed = state ? await webhookTalk(home).failed(id) : [];
  const shown = shownWebhook(endpoint);
  out.answer({ ...shown, ...(state && { state }), failed }, () => [
    `${id}  ${shown.address}  ${shown.format}`,
    `events   ${shown.events.join(', ')}`,
    `servers  ${shown.servers.join(', ')}`,
    ...shown.secrets.map(({ madeAt, until }) =>
      `secret   of ${madeAt}${until === undefined ? '' : `, until ${until}`}`),
    ...(state ? stateLines(state) : ['nobody delivers now; what comes is kept until the box does']),
    ...failed.map((one) => `given up ${one.at}  ${one.id}  ${one.types.join(', ')}: ${one.because}`),
  ]);
}

function stateLines(state: WebhookState): string[] {
  const { condition, accepted, waiting, aside, givenUp, skipped, because, nextTryAt } = state;
  const counts = [
    `${accepted} sent`,
    `${waiting} waiting`,
    ...(aside > 0 ? [`${aside} beside the others`] : []),
    ...(givenUp > 0 ? [`${givenUp} given up`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return [
    `state    ${condition}: ${counts.join(', ')}`,
    ...(because === undefined ? [] : [`         ${because}`]),
    ...(nextTryAt === undefined ? [] : [`         next try at ${nextTryAt}`]),
  ];
}

/** `pinky webhook edit`: changes what is named, and leaves the rest as it is. */
export async function editWebhook({ home, out }: Context, [id = '']: readonly string[], flags: Flags): Promise<void> {
  const url = textFlag(flags, 'address');
  const [isOn, isOff] = [isSet(flags, 'on'), isSet(flags, 'off')];
  if (isOn && isOff) throw new PinkyError('bad_command', '--on and --off contradict each other');
  const changes = {
    ...filtersOf(flags),
    ...(url !== undefined && { url }),
    ...((isOn || isOff) && { isEnabled: isOn }),
  };
  if (Object.keys(changes).length === 0) {
    throw new PinkyError('bad_command', 'name what changes: --address, --event, --server, --name, --on or --off');
  }
  const endpoint = new WebhookFiles(home).change(id, changes);
  out.answer(shownWebhook(endpoint), () => [`${id} is ${endpoint.isEnabled ? 'on' : 'off'}, as changed`]);
}

/** `pinky webhook rotate`: another secret, which is shown this once. */
export async function rotateWebhook({ home, out }: Context, [id = '']: readonly string[], flags: Flags): Promise<void> {
  const text = textFlag(flags, 'keep') ?? '24';
  const hours = Number(text);
  if (text.trim() === '' || !(hours >= 0 && hours <= 24 * 30)) {
    throw new PinkyError('bad_command', '--keep takes hours from 0 to 720');
  }
  const { endpoint, secret } = new WebhookFiles(home).rotate(id, hours * hourMs);
  out.answer({ ...shownWebhook(endpoint), secret }, () => [String(secret)]);
  out.note(out.paint('quiet', `Keep it: it is shown only now. Secrets before it sign as well for ${hours} h.`));
}

/** `pinky webhook test`: the exit code says whether it was taken. */
export async function testWebhook(context: Context, [id = '']: readonly string[]): Promise<number> {
  new WebhookFiles(context.home).get(id);
  return tell(context, await patiently(context, (talk) => talk.test(id)));
}

/** `pinky webhook again`: the same for a message that was given up. */
export async function sendAgain(context: Context, [id = '', message = '']: readonly string[]): Promise<number> {
  new WebhookFiles(context.home).get(id);
  return tell(context, await patiently(context, (talk) => talk.again(id, message)));
}

function tell({ out }: Context, tried: WebhookTry): number {
  const { isAccepted, status, because, ms } = tried;
  out.answer(tried, () => [isAccepted ? `taken (${status}) after ${ms} ms` : `not taken: ${because}`]);
  return isAccepted ? 0 : exitCodeOf('download_failed');
}

/** `pinky webhook remove`: nothing more goes there. */
export async function removeWebhook({ home, out }: Context, [id = '']: readonly string[]): Promise<void> {
  const endpoint = new WebhookFiles(home).remove(id);
  out.answer({ removed: id }, () => [`${id} (${shownWebhook(endpoint).address}) is removed`]);
}
