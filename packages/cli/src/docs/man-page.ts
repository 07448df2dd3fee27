import { exitCodes } from '../command-line/exit-codes.js';
import { commandSpecs } from '../command-line/program.js';
import { globalFlags, type CommandSpec, type FlagSpec } from '../command-line/specs.js';

/** Text as roff reads it: a hyphen stays one, and no line begins with a command. */
const roff = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/`([^`]*)`/g, '\\fB$1\\fR')
    .replaceAll(/^([.'])/gm, '\\&$1');

/** `pinky.1`, from the same specifications as `--help`. */
export function manPage(version: string): string {
  return [
    `.TH PINKY 1 "" "Pinky ${version}" "User Commands"`,
    '.SH NAME',
    'pinky \\- starts, watches, talks to and stops the game servers of this box',
    '.SH SYNOPSIS',
    '.B pinky',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    roff('Pinky runs many game servers on one machine and keeps them running. Where coreutils brings another program ' +
      'named pinky, this one may be installed as pinkyctl.'),
    '.SH OPTIONS OF EVERY COMMAND',
    ...globalFlags.flatMap(flagLines),
    '.SH COMMANDS',
    ...commandSpecs.flatMap(commandLines),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(({ code, name, means }) => ['.TP', `.B ${code}`, roff(`${name}: ${means}`)]),
    '.SH ENVIRONMENT',
    '.TP',
    '.B PINKY_HOME',
    'The home of the box.',
    '.TP',
    '.B NO_COLOR',
    'Switches colours off.',
    '',
  ].join('\n');
}

function commandLines({ name, args, means, more, flags = [], examples }: CommandSpec): string[] {
  return [
    `.SS "${roff(`pinky ${name} ${args}`.trim())}"`,
    roff(`${means[0]?.toUpperCase()}${means.slice(1)}.${more === undefined ? '' : ` ${more}`}`),
    ...flags.flatMap(flagLines),
    '.PP',
    '.RS',
    '.nf',
    ...examples.map(roff),
    '.fi',
    '.RE',
  ];
}

const flagLines = ({ flag, means }: FlagSpec): string[] => ['.TP', `.B ${roff(flag)}`, roff(means)];
