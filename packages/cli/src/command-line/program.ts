import { isAbsolute, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { homeOf } from '@pinky/box/home';
import { PinkyError } from '@pinky/protocol';
import { asCalled } from '../terminal/as-called.js';
import { Output } from '../terminal/output.js';
import { versionText } from '../terminal/version-text.js';
import { pidSpecs } from '../commands/pid/specs.js';
import { assertOurs } from '../talk/owner.js';
import { commandSections } from './command-sections.js';
import type { Context, Flags, Invocation } from './context.js';
import { textFlag } from './context.js';
import { exitCodes } from './exit-codes.js';
import { meantCommand, safeSuggestions } from './meant-command.js';
import { globalFlags, type CommandSpec, type FlagSpec } from './specs.js';

/** The help for commands that only contain others. */
const groups: Readonly<Record<string, string>> = {
  api: 'the HTTP API of the box',
  token: 'tokens for the HTTP API',
  funpack: 'make, check, run and pack funpacks',
  pid: 'pid files of any program: claim one, or end the process that it names',
  webhook: 'tell other programs and chats what happens on the box',
  schedule: 'let the box do things by the clock',
  distribution: 'packs on their way to several boxes; `pinky distributions` lists them',
};

export const commandSpecs: readonly CommandSpec[] = Object.values(commandSections).flat();

/** The `pinky` command. `onExit` gets the exit code of the command that ran. */
export function createProgram(invocation: Invocation, onExit: (code: number) => void): Command {
  const program = new Command('pinky')
    .description('Starts, watches, talks to and stops the game servers of this box.')
    .version(versionText(), '-V, --version')
    .showHelpAfterError('what to do: `pinky --help` lists the commands')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void invocation.streams.stdout.write(text),
      writeErr: (text) => void invocation.streams.stderr.write(asCalled(text, invocation.env)),
      outputError: (text, write) => write(`pinky: bad_command: ${usageSentence(text)}\n`),
    });
  for (const flag of globalFlags) program.addOption(optionOf(flag));
  program.addHelpText('after', `\n${exitCodeText()}`);
  for (const spec of commandSpecs) parentOf(spec, program).addCommand(commandOf(spec, program, invocation, onExit));
  return program;
}

/** `pid claim` is the command `claim` in the group `pid`. The first command of a group makes the group. */
function parentOf(spec: CommandSpec, program: Command): Command {
  const [group, name] = spec.name.split(' ');
  if (group === undefined || name === undefined) return program;
  const known = program.commands.find((command) => command.name() === group);
  if (known) return known;
  const made = new Command(group)
    .description(groups[group] ?? '')
    .copyInheritedSettings(program)
    .showHelpAfterError(`what to do: \`pinky ${group} --help\` lists its commands`);
  program.addCommand(made);
  return made;
}

function commandOf(
  spec: CommandSpec,
  program: Command,
  invocation: Invocation,
  onExit: (code: number) => void,
): Command {
  const command = new Command(spec.name.split(' ').at(-1))
    .description(spec.more === undefined ? spec.means : `${spec.means}\n\n${spec.more}`)
    .summary(spec.means)
    .copyInheritedSettings(program)
    .showHelpAfterError(`what to do: \`pinky ${spec.name} --help\` shows how to use it`);
  for (const arg of spec.args.split(' ').filter((text) => text !== '')) command.argument(arg);
  for (const flag of [...(spec.flags ?? []), ...globalFlags]) command.addOption(optionOf(flag));
  command.addHelpText(
    'after',
    `\nExamples:\n${spec.examples.map((example) => `  ${example}`).join('\n')}\n\n${exitCodeText()}`,
  );
  command.action(async () => {
    const flags: Flags = { ...program.opts(), ...command.opts() };
    requireFlags(spec, command, flags);
    const action = await spec.load(commandSpecs);
    const context = contextOf(invocation, flags);
    if (isAboutBox(spec)) assertOurs(context.home);
    onExit((await action(context, command.args, flags)) ?? 0);
  });
  return command;
}

/**
 * True for all but `pid`, which is about other programs, `funpack`, which is about files, `doctor`, which checks the
 * home itself, and `completion`, which must say nothing else.
 */
const isAboutBox = (spec: CommandSpec): boolean =>
  spec.name !== 'doctor' && spec.name !== 'completion' && !pidSpecs.includes(spec) && !spec.name.startsWith('funpack');

/** Commander would check this before it checks names: for `--funpak x` it would say that --funpack is missing. */
function requireFlags({ flags = [] }: CommandSpec, command: Command, given: Flags): void {
  const missing = flags.find((one) => one.isRequired === true && given[optionOf(one).attributeName()] === undefined);
  if (missing) {
    command.error(`error: required option '${missing.flag}' not specified`, {
      code: 'commander.missingMandatoryOptionValue',
    });
  }
}

function optionOf({ flag, means, isRequired, isList }: FlagSpec): Option {
  const option = new Option(flag, isRequired === true ? `${means} (required)` : means);
  return isList === true
    ? option.argParser((value: string, earlier: readonly string[] | undefined) => [...(earlier ?? []), value])
    : option;
}

function contextOf({ env, cwd, streams, clock, signal, signals }: Invocation, flags: Flags): Context {
  const [home, config] = [textFlag(flags, 'home'), textFlag(flags, 'config')];
  const from = (path: string): string => (isAbsolute(path) ? path : resolve(existing(cwd, env), path));
  return {
    home: home === undefined ? homeOf(env) : from(home),
    configFile: config === undefined ? undefined : from(config),
    env,
    get cwd() {
      return existing(cwd, env);
    },
    clock,
    signal,
    signals,
    out: new Output(streams, flags['json'] === true, env),
  };
}

function existing(cwd: string | undefined, env: NodeJS.ProcessEnv): string {
  if (cwd !== undefined) return cwd;
  const name = env['PWD'] ? ` ${env['PWD']}` : ''; // a shell that finds none makes it empty
  throw new PinkyError('no_directory', `the working directory${name} does not exist any more`);
}

/** Commander's own sentence about a wrong command line, as ours are. A common guess gets its own hint. */
export function usageSentence(text: string): string {
  const [sentence = '', suggestion] = text.trim().replace(/^error: /, '').split(/\n\((?=Did you mean)/);
  const [, kind, name = ''] = /^unknown (command|option) '([^']*)'/.exec(sentence) ?? [];
  const hint = kind === undefined ? undefined : meantCommand(name);
  if (hint !== undefined) return `${sentence}; ${hint}`;
  if (suggestion === undefined) return sentence;
  if (kind !== 'command') return `${sentence}; ${suggestion.replace(/\)$/, '')}`;
  const suggested = suggestion.replace(/^Did you mean (?:one of )?|\?\)$/g, '').split(', ');
  const [first, ...more] = safeSuggestions(name, suggested);
  if (first === undefined) return sentence;
  return `${sentence}; Did you mean ${more.length === 0 ? first : `one of ${[first, ...more].join(', ')}`}?`;
}

function exitCodeText(): string {
  const lines = exitCodes.map(({ code, name, means }) => `  ${String(code).padStart(3)}  ${name}: ${means}`);
  return ['Exit codes:', ...lines].join('\n');
}
