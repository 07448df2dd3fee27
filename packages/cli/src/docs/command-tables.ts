import { distributionSpecs } from '../commands/distributions/specs.js';
import { scheduleSpecs } from '../commands/schedules/schedule-specs.js';
import { backupSpecs } from '../command-line/backup-specs.js';
import { boxSpecs } from '../command-line/box-specs.js';
import { funpackSpecs } from '../command-line/funpack-specs.js';
import { pidSpecs } from '../command-line/pid-specs.js';
import { serverSpecs } from '../command-line/server-specs.js';
import { globalFlags, type CommandSpec, type FlagSpec } from '../command-line/specs.js';
import { code, markdownTable } from './markdown.js';

/** Every command with its options and examples, as `--help` shows them. */
export const commandsText = (): string =>
  [
    '## About the box',
    ...boxSpecs.map(commandText),
    '## About one server',
    ...serverSpecs.map(commandText),
    '## About backups',
    ...backupSpecs.map(commandText),
    '## About schedules',
    ...scheduleSpecs.map(commandText),
    '## About funpacks',
    ...funpackSpecs.map(commandText),
    '## About packs for several boxes',
    ...distributionSpecs.map(commandText),
    '## For start scripts of any program',
    ...pidSpecs.map(commandText),
  ].join('\n\n');

export const globalFlagsTable = (): string => flagsTable(globalFlags);

function commandText({ name, args, means, more, flags = [], examples }: CommandSpec): string {
  return [
    `### ${code(`pinky ${[name, args].filter((text) => text !== '').join(' ')}`)}`,
    `${means[0]?.toUpperCase()}${means.slice(1)}.${more === undefined ? '' : ` ${more}`}`,
    ...(flags.length > 0 ? [flagsTable(flags)] : []),
    ['```sh', ...examples, '```'].join('\n'),
  ].join('\n\n');
}

const flagsTable = (flags: readonly FlagSpec[]): string =>
  markdownTable(
    ['option', 'meaning'],
    flags.map((flag) => [code(flag.flag), `${flag.means}${flag.isRequired ? ' (required)' : ''}`]),
  );
