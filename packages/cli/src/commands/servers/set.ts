import { assertServerId, PinkyError, readDefinition, type BoxConfig } from '@pinky/protocol';
import { listFlag, type Action } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { QueueClient } from '../../talk/queue.js';
import { definedFlags, settingsOf } from './start-flags.js';

/** `pinky set`: changes what a server is, and starts nothing. A server that runs has the change at its next start. */
export const set: Action = async (context, [serverId, ...pairs], flags) => {
  assertServerId(serverId);
  const removed = Object.fromEntries(listFlag(flags, 'unset').map((name) => [name, null]));
  const settings = { ...settingsOf('set', pairs), ...removed };
  const fields = definedFlags(context, flags);
  const hasSettings = Object.keys(settings).length > 0;
  if (!hasSettings && Object.keys(fields).length === 0) {
    throw new PinkyError('bad_command', 'set: name what is to change, as in `pinky set 1234 motd=hello`');
  }
  await assertFits(await currentConfig(context), serverId, settings, fields['funpack'] !== undefined);
  const data = { serverId, ...fields, ...(hasSettings && { settings }) };
  const result = await new QueueClient(context).define(data);
  const { out } = context;
  out.answer(result, () => [`${out.paint('strong', serverId)} ${result.already ? 'was so already' : 'is changed'}`]);
  if (result.appliesAtNextStart)
    out.note(out.paint('busy', `note: it runs as before; \`pinky restart ${serverId}\` applies the change`));
};

/** Throws `not_running` for a server that nobody defined, and `bad_settings` for what its funpack does not take. */
async function assertFits(
  config: BoxConfig,
  serverId: string,
  settings: Readonly<Record<string, unknown>>,
  isOther: boolean,
): Promise<void> {
  const before = readDefinition(config.home, serverId);
  if (isOther || typeof before === 'string') return; // the queue looks at it, or says what is wrong with the file
  if (before === undefined) {
    throw new PinkyError('not_running', `nothing is known of a server ${serverId}; \`pinky start\` makes one`);
  }
  const { assertSettingsFit } = await import('@pinky/funpack-runner/light');
  assertSettingsFit(config, before, settings);
}
