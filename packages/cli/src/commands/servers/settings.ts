import { knownFunpack } from '@pinky/funpack-runner/light';
import {
  assertServerId,
  PinkyError,
  readDefinition,
  shownSettings,
  type Definition,
  type SettingSchema,
} from '@pinky/protocol';
import type { Context } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { meantServer } from '../../observe/meant-server.js';
import { table } from '../../terminal/table.js';

/** `pinky settings <id>`: what a server is defined with. It reads files, so it works even if everything is dead. */
export async function settings(context: Context, [serverId]: readonly string[]): Promise<void> {
  assertServerId(serverId);
  const config = await currentConfig(context);
  const definition = readDefinition(config.home, serverId);
  if (definition === undefined) {
    const meant = meantServer(config.servers, serverId);
    throw new PinkyError('not_found', `nothing is known of a server ${serverId}${meant}`);
  }
  if (definition === 'damaged') {
    throw new PinkyError('internal', `the definition of ${serverId} cannot be read; start it with --funpack again`);
  }
  const manifest = knownFunpack(config, definition)?.manifest;
  const schema = manifest && (manifest.schema ?? {});
  const shown = shownSettings(definition, schema);
  const defaults = defaultsOf(definition, schema ?? {});
  context.out.answer({ ...factsOf(definition), settings: shown, defaults }, () => [
    ...lines(context, definition),
    ...settingLines(context, { shown, defaults, schema }),
  ]);
}

function factsOf({ serverId, revision, funpack, ram, isRamGiven = false, isPortFixed = false, ...rest }: Definition) {
  const { funpackId, port, onExit } = rest;
  return {
    serverId,
    revision,
    funpack,
    ...(funpackId !== undefined && { funpackId }),
    ram: { ...ram, isGiven: isRamGiven },
    ...(port !== undefined && { port, isPortFixed }),
    ...(onExit !== undefined && { onExit }),
  };
}

/** The defaults of the settings that nobody has given. A secret's is not shown: somebody may use it. */
const defaultsOf = ({ settings: given }: Definition, schema: Readonly<Record<string, SettingSchema>>) =>
  shownSettings({
    settings: Object.fromEntries(
      Object.entries(schema).flatMap(([name, { default: usual }]) =>
        (given[name] === undefined && usual !== undefined ? [[name, usual] as const] : [])),
    ),
  }, schema);

function lines({ out }: Context, definition: Definition): string[] {
  const { serverId, funpack, funpackId, ram, isRamGiven, port, isPortFixed, onExit } = definition;
  const memory = ram.min === ram.max ? `${ram.max}` : `${ram.min}:${ram.max}`;
  return [
    `${out.paint('strong', serverId)} ${out.foreign(funpackId ?? funpack.url)}`,
    `  memory ${memory} MB${isRamGiven ? '' : ', as usual'}`,
    ...(port === undefined ? [] : [`  port ${port}${isPortFixed ? ', and no other' : ', if nobody else has it'}`]),
    ...(onExit === undefined ? [] : [`  if the game ends by itself: ${onExit}`]),
  ];
}

interface Shown {
  readonly shown: Readonly<Record<string, unknown>>;
  readonly defaults: Readonly<Record<string, unknown>>;
  /** Undefined if the funpack is not on this machine. */
  readonly schema: Readonly<Record<string, SettingSchema>> | undefined;
}

function settingLines({ out }: Context, { shown, defaults, schema }: Shown): string[] {
  const named = [...new Set([...Object.keys(schema ?? {}), ...Object.keys(shown)])];
  const rows = named.map((name) => {
    const isGiven = shown[name] !== undefined;
    const value = isGiven ? shown[name] : defaults[name];
    const from = isGiven ? 'given' : value === undefined ? '' : 'default';
    const text = value === undefined ? '' : out.foreign(valueText(value));
    return [out.foreign(name), text, from, appliesText(schema?.[name])];
  });
  const notHere = schema === undefined ? ['  its funpack is not on this machine, so its defaults are not known'] : [];
  return [...(rows.length === 0 ? [] : table(['SETTING', 'VALUE', 'FROM', 'A CHANGE APPLIES'], rows)), ...notHere];
}

const valueText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

const appliesText = (rule: SettingSchema | undefined): string =>
  (rule?.readonly === true ? 'never' : rule?.live === undefined ? 'at the next start' : 'at once');
