import { assertServerId, PinkyError, readDefinition, suggest, type Definition } from '@pinky/protocol';
import { listFlag, type Action } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { QueueClient } from '../../talk/queue.js';
import { definedFlags, settingsOf } from './start-flags.js';

/** `pinky set`: changes what a server is, and starts nothing. A server that runs has the change at its next start. */
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
  out.answer(result, () => [`${out.paint('strong', serverId)} ${result.already ? 'was so already' : 'is changed'}`]);
  if (result.appliesAtNextStart)
    out.note(out.paint('busy', `note: it runs as before; \`pinky restart ${serverId}\` applies the change`));
};

/** Throws `bad_settings` for a setting that is to go and was never given. */
function assertAreSet({ settings }: Definition, unset: readonly string[]): void {
  const wrong = unset.find((name) => !Object.hasOwn(settings, name));
  if (wrong === undefined) return;
  const near = suggest(wrong, Object.keys(settings));
  throw new PinkyError('bad_settings', `${wrong} is not set${near === undefined ? '' : `; did you mean ${near}?`}`);
}
