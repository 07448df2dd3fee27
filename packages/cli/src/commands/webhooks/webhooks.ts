import {
  hasWebhooks,
  PinkyError,
  shownAddress,
  WebhookFiles,
  type WebhookEndpoint,
  type WebhookState,
} from '@pinky/protocol';
import { textFlag, type Context, type Flags } from '../../command-line/context.js';
import { table } from '../../terminal/table.js';
import { webhookTalk } from '../../talk/webhooks.js';
import { filtersOf } from './filters.js';

/** `pinky webhook add`: from now on events are sent there. The secret is shown this once. */
export async function addWebhook({ home, out }: Context, [url]: readonly string[], flags: Flags): Promise<void> {
  const format = textFlag(flags, 'format');
  const { endpoint, secret } = new WebhookFiles(home).create({
    ...(url !== undefined && { url }),
    ...resqueOf(flags),
    ...(format !== undefined && { format }),
    ...filtersOf(flags),
  });
  const { id, events, servers } = endpoint;
  out.answer({ ...shownWebhook(endpoint), ...(secret !== undefined && { secret }) }, () => [
    `${id}  ${shownAddress(endpoint)}`,
    ...(secret === undefined || endpoint.format !== 'standard' ? [] : [`secret  ${secret}`]),
  ]);
  const gets = `It gets ${events.join(', ')} of ${servers.join(', ')}.`;
  out.note(out.paint('quiet', endpoint.resque ? gets : `${gets} \`pinky webhook test ${id}\` tries it.`));
  if (secret !== undefined && endpoint.format === 'standard') {
    out.note(out.paint('quiet', 'Keep the secret: it is shown only now. `pinky webhook rotate` makes another one.'));
  }
}

/** `pinky webhook list`: every webhook, and how it stands. */
export async function listWebhooks({ home, out }: Context): Promise<void> {
  const endpoints = new WebhookFiles(home).list();
  const states = hasWebhooks(home) ? await webhookTalk(home).states() : undefined;
  const webhooks = endpoints.map((one) => ({ ...shownWebhook(one), ...stateOf(states, one.id) }));
  out.answer({ webhooks }, () => {
    if (endpoints.length === 0) return ['there is no webhook; `pinky webhook add` adds one'];
    const rows = endpoints.map((one) => rowOf(one, states?.get(one.id)));
    return table(['ID', 'NAME', 'ADDRESS', 'FORMAT', 'STATE', 'SENT', 'WAITING', 'FAILED'], rows);
  });
  if (endpoints.length > 0 && !states) out.note('note: nobody delivers now; what comes is kept until the box does');
}

function rowOf(endpoint: WebhookEndpoint, state: WebhookState | undefined) {
  const { id, name, format, isEnabled } = endpoint;
  const condition = state?.condition ?? (isEnabled ? '' : 'disabled');
  return [id, name, shownAddress(endpoint), format, condition, state?.accepted, state?.waiting, state?.givenUp];
}

const stateOf = (states: ReadonlyMap<string, WebhookState> | undefined, id: string) => {
  const state = states?.get(id);
  return state ? { state } : {};
};

/** An endpoint without what is secret in it. */
export function shownWebhook({ version: _version, url: _url, secrets, ...rest }: WebhookEndpoint) {
  const address = shownAddress({ ...rest, ...(_url !== undefined && { url: _url }) });
  return { ...rest, address, secrets: secrets.map(({ secret: _secret, ...shown }) => shown) };
}

function resqueOf(flags: Flags) {
  const [queue, jobClass] = [textFlag(flags, 'resque'), textFlag(flags, 'class')];
  if (queue === undefined && jobClass === undefined) return {};
  if (queue !== undefined && jobClass !== undefined) return { resque: { queue, class: jobClass } };
  throw new PinkyError('bad_command', '--resque and --class belong together: the queue, and the class of its jobs');
}
