import { commandSections } from '../command-line/command-sections.js';
import { globalFlags, type CommandSpec, type FlagSpec } from '../command-line/specs.js';
import { code, markdownTable } from './markdown.js';

/** Every command with its options and examples, as `--help` shows them. */
export const commandsText = (): string =>
  Object.entries(commandSections)
    .flatMap(([title, specs]) => [`## ${title}`, ...specs.map(commandText)])
    .join('\n\n');

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
