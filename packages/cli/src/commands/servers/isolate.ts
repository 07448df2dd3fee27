import { PinkyError, readDefinition, readDefinitions, readJsonObject, serverPaths } from '@pinky/protocol';
import type { BoxConfig, Definition } from '@pinky/protocol';
import { isSet, type Context, type Flags } from '../../command-line/context.js';
import { currentConfig } from '../../command-line/current-config.js';
import { howToChoose, isolationNotes, isolationText } from '../../known/isolation-words.js';
import { tryLaunch, type LaunchTrial } from '../../known/launch-trial.js';
import type { Output } from '../../terminal/output.js';

/**
 * `pinky isolate`: says how games are kept apart, and where to choose. With `--dry-run` it tries how a server would be
 * launched, and exits with 1 if that would not work.
 */
export async function isolate(context: Context, [id]: readonly string[], flags: Flags): Promise<number> {
  const config = await currentConfig(context);
  const defined = id === undefined ? readDefinitions(context.home) : [definitionOf(context.home, id)];
  return isSet(flags, 'dryRun') ? dryRun(context, config, defined) : tell(context, config, defined);
}

function definitionOf(home: string, id: string): Definition {
  const found = readDefinition(home, id);
  if (typeof found === 'object') return found;
  throw new PinkyError(
    'bad_server_id',
    found === 'damaged' ? `the definition of ${id} cannot be read` : `no server ${id} is known here`,
    { remedy: '`pinky ls` lists every server that is known' },
  );
}

interface ServerTrials {
  readonly serverId: string;
  readonly runsUnder: string | undefined;
  readonly trials: readonly LaunchTrial[];
}

function dryRun({ out }: Context, config: BoxConfig, defined: readonly Definition[]): number {
  const servers = defined.map((definition): ServerTrials => ({
    serverId: definition.serverId,
    runsUnder: runsUnder(config, definition.serverId),
    trials: (['user', 'strict'] as const).map((kind) => tryLaunch(config, definition, kind)),
  }));
  out.answer({ servers }, () => [
    ...(servers.length === 0 ? ['no server is known, so there is nothing to try'] : []),
    ...servers.flatMap((server) => lines(out, server)),
    `nothing was changed, and no game was started; ${howToChoose}`,
  ]);
  return servers.every(({ trials }) => trials.every(isFine)) ? 0 : 1;
}

const isFine = ({ lacks, steps }: LaunchTrial): boolean => lacks === undefined && steps.every((step) => step.isFine);

function tell({ out }: Context, config: BoxConfig, defined: readonly Definition[]): number {
  const servers = defined.map(({ serverId }) => ({ serverId, runsUnder: runsUnder(config, serverId) }));
  const notes = isolationNotes(config);
  const { kind = 'none', chosenBy } = config.isolation ?? {};
  out.answer({ isolation: kind, ...(chosenBy && { chosenBy }), servers, notes }, () => [
    isolationText(config),
    ...servers.flatMap(({ serverId, runsUnder: how }) =>
      (how === undefined ? [] : [`  ${out.paint('strong', serverId)} was started under ${how}`])),
    `to choose: ${howToChoose}`,
    ...notes.map((note) => out.paint('busy', `note: ${note}`)),
  ]);
  return 0;
}

/** The isolation of the start that is under way or running. Undefined for a server that is down. */
function runsUnder({ servers }: BoxConfig, serverId: string): string | undefined {
  const record = readJsonObject(serverPaths(servers, serverId).serverJson);
  if (record === undefined) return undefined;
  const isolation = inner(record['confinement'])?.['isolation'];
  const kind = inner(isolation)?.['kind'];
  return typeof kind === 'string' ? kind : 'none';
}

const inner = (value: unknown): Readonly<Record<string, unknown>> | undefined =>
  // an object that JSON.parse made has string keys
  (typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined);

function lines(out: Output, { serverId, runsUnder: how, trials }: ServerTrials): string[] {
  return [
    `${out.paint('strong', serverId)}${how === undefined ? '' : ` runs under \`isolation: ${how}\``}`,
    ...trials.flatMap((trial) => trialLines(out, trial)),
  ];
}

function trialLines(out: Output, { isolation, lacks, steps, changes }: LaunchTrial): string[] {
  if (lacks !== undefined) return [`  ${out.paint('bad', 'no')}  ${isolation}: ${out.foreign(lacks)}`];
  return [
    `  ${isolation}`,
    ...steps.map(({ what, isFine: fine, because }) =>
      `    ${fine ? out.paint('good', 'ok') : out.paint('bad', 'no')}  ` +
        out.foreign(because === undefined ? what : `${what}: ${because}`)),
    ...changes.map((change) => `    at its next start ${out.foreign(change)}`),
  ];
}
