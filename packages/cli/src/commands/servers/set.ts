import { assertServerId, PinkyError, readDefinition, suggest, type Definition, type SetResult } from '@pinky/protocol';
import { listFlag, type Action } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { QueueClient } from '../../talk/queue.js';
import { definedFlags, settingsOf } from './start-flags.js';

/**
 * `pinky set`: changes what a server is, and starts nothing. A game that is up is told what its funpack lets it change;
 * the rest applies at the next start.
 */
export const set: Action = async (context, [serverId, ...pairs], flags) => {
  assertServerId(serverId);
  const unset = listFlag(flags, 'unset');
  const settings = { ...settingsOf('set', pairs), ...Object.fromEntries(unset.map((name) => [name, null])) };
  const fields = definedFlags(context, flags);
  const names = Object.keys(settings);
  if (names.length < pairs.length + unset.length) throw new PinkyError('bad_command', 'set: a setting is named twice');
  if (names.length === 0 && Object.keys(fields).length === 0) {
    throw new PinkyError('bad_command', 'set: name what is to change, as in `pinky set 1234 motd=hello`');
  }
  const config = await currentConfig(context);
  const before = readDefinition(config.home, serverId);
  if (before === undefined) {
    throw new PinkyError('not_found', `nothing is known of a server ${serverId}; \`pinky start\` makes one`);
  }
  if (typeof before !== 'string') { // else the queue says what is wrong with the file
    assertAreSet(before, unset);
    const { assertSettingsFit } = await import('@pinky/funpack-runner/light');
    assertSettingsFit(config, before, settings);
  }
  const data = { serverId, ...fields, ...(names.length > 0 && { settings }) };
  const result = await new QueueClient(context).define(data);
  const { out } = context;
  const { live = [], already = false } = result;
  const now = live.length === 0 ? '' : `; its game has ${live.join(', ')} now`;
  out.answer(result, () => [`${out.paint('strong', serverId)} ${already ? 'was so already' : 'is changed'}${now}`]);
  for (const note of waitingNotes(result)) out.note(out.paint('busy', `note: ${out.foreign(note)}`));
};

/** Says which changes a running game does not have yet, and why. */
export function waitingNotes({ serverId, refused = {}, live = [], appliesAtNextStart }: ChangeAnswer): string[] {
  const rest = live.length === 0 ? 'it runs as before' : 'the rest is as before';
  return [
    ...Object.entries(refused).map(([name, { message }]) => `its game did not take ${name}: ${message}`),
    ...(appliesAtNextStart ? [`${rest}; \`pinky restart ${serverId}\` applies the change`] : []),
  ];
}

type ChangeAnswer = Pick<SetResult, 'serverId' | 'refused' | 'live' | 'appliesAtNextStart'>;

/** Throws `bad_settings` for a setting that is to go and was never given. */
function assertAreSet({ settings }: Definition, unset: readonly string[]): void {
  const wrong = unset.find((name) => !Object.hasOwn(settings, name));
  if (wrong === undefined) return;
  const near = suggest(wrong, Object.keys(settings));
  throw new PinkyError('bad_settings', `${wrong} is not set${near === undefined ? '' : `; did you mean ${near}?`}`);
}
