import { Command, InvalidArgumentError, Option } from 'commander';
import { asPinkyError, remedies } from '@pinky/protocol/base';
import { claimPidFile } from '../pid-file/claim-pid-file.js';
import { killByPidFile } from '../pid-file/kill-by-pid-file.js';
import { readPidFile } from '../pid-file/read-pid-file.js';
import { parseDuration } from './duration.js';
import { waitUntilHealthy } from './wait-until-healthy.js';

/** Where a command speaks to its caller. */
export type Say = (line: string) => void;

/** What each command does with its parsed options; the number is the exit code. Failures throw. */
export const pidCommands = {
  claim: ({ pid, pidFile }: { pid: number; pidFile: string }, say: Say): number => {
    if (claimPidFile(pidFile, pid) === 'empty') say(`${pidFile} was empty; it names process ${pid} now`);
    return 0;
  },
  kill: async (
    { pidFile, showStacks = false }: { pidFile: string; showStacks?: boolean },
    say: Say,
  ): Promise<number> => {
    const { type } = readPidFile(pidFile);
    if ((await killByPidFile(pidFile, { showsStacks: showStacks })) === 'nothing') {
      say(`nothing to kill: ${pidFile} ${type === 'missing' ? 'does not exist' : 'names no running process'}`);
    }
    return 0;
  },
  waitUntilHealthy: async (
    { url, timeout, pollingFrequency }: { url: string; timeout: number; pollingFrequency: number },
    say: Say,
  ): Promise<number> => {
    const answer = await waitUntilHealthy({ url, timeoutMs: timeout, pollingMs: pollingFrequency });
    if (!answer.isHealthy) say(`${url} was not healthy within ${timeout} ms; last answer: ${answer.lastAnswer}`);
    return answer.isHealthy ? 0 : 1;
  },
} as const;

/** Adds `claim` and `kill` to a command, for sipid itself and for programs that have them below a word of their own. */
export function addPidCommands(parent: Command, say: Say, exit: (code: number) => void): Command {
  parent.command('claim').description('write a process id into a pid file, unless the process that it names is running')
    .requiredOption('--pid <pid>', 'process id to write', parsePid)
    .requiredOption('--pid-file <path>', 'pid file')
    .action(run(pidCommands.claim, say, exit));
  parent.command('kill').description('end the process that a pid file names: TERM, 20 seconds, KILL')
    .requiredOption('--pid-file <path>', 'pid file')
    .option('--show-stacks', 'send QUIT before KILL, to have the process show its stacks')
    .action(run(pidCommands.kill, say, exit));
  return parent;
}

export function addWaitCommand(parent: Command, say: Say, exit: (code: number) => void): Command {
  parent.command('wait-until-healthy').description('wait until an address answers 200')
    .requiredOption('--url <url>', 'address to ask')
    .addOption(durationOption('--timeout <duration>', 'how long to ask, such as 500ms or 4m', '1m'))
    .addOption(durationOption('--polling-frequency <duration>', 'time between two questions', '5s'))
    .action(run(pidCommands.waitUntilHealthy, say, exit));
  return parent;
}

/** The `sipid` program: seed 003's command line. Exit code 0, or 1 with a sentence on standard error. */
export function sipid(say: Say, exit: (code: number) => void): Command {
  const program = new Command('sipid')
    .description('claims and kills by pid file, and waits for health')
    .helpCommand(false);
  return addWaitCommand(addPidCommands(program, say, exit), say, exit);
}

function run<T>(command: (options: T, say: Say) => number | Promise<number>, say: Say, exit: (code: number) => void) {
  return async (options: T): Promise<void> => {
    try {
      exit(await command(options, say));
    } catch (failure) {
      const { code, message } = asPinkyError(failure);
      say(`${message}${code === 'internal' ? '' : ` (${remedies[code]})`}`);
      exit(1);
    }
  };
}

function parsePid(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a process id is a number from 1 to 4194304.');
  return Number(text);
}

function durationOption(flags: string, description: string, standard: string): Option {
  return new Option(flags, description).argParser(duration).default(parseDuration(standard), standard);
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (failure) {
    throw new InvalidArgumentError(asPinkyError(failure).message);
  }
}
