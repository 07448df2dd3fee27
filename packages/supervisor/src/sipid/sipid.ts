import { Command, InvalidArgumentError, Option } from 'commander';
import { asPinkyError } from '@pinky/protocol/base';
import { claimPidFile } from '../pid-file/claim-pid-file.js';
import { killByPidFile } from '../pid-file/kill-by-pid-file.js';
import { readPidFile } from '../pid-file/read-pid-file.js';
import { parseGoDuration } from './go-duration.js';
import { waitUntilHealthy } from './wait-until-healthy.js';

/** Prints a line for the user. */
export type Say = (line: string) => void;

/** A command with its parsed options. Answers the exit code, and throws where it fails. */
type CommandRun<T> = (options: T, say: Say) => number | Promise<number>;

const claim: CommandRun<{ pid: number; pidFile: string }> = ({ pid, pidFile }, say) => {
  if (claimPidFile(pidFile, pid) === 'empty') say(`${pidFile} was empty; it names process ${pid} now`);
  return 0;
};

const kill: CommandRun<{ pidFile: string; showStacks?: boolean }> = async ({ pidFile, showStacks = false }, say) => {
  const { type } = readPidFile(pidFile);
  if ((await killByPidFile(pidFile, { showsStacks: showStacks })) === 'nothing') {
    say(`nothing to kill: ${pidFile} ${type === 'missing' ? 'does not exist' : 'names no running process'}`);
  }
  return 0;
};

const wait: CommandRun<{ url: string; timeout: number; pollingFrequency: number; ca?: string }> = async (
  { url, timeout, pollingFrequency, ca },
  say,
) => {
  const options = { url, timeoutMs: timeout, pollingMs: pollingFrequency };
  const answer = await waitUntilHealthy(ca === undefined ? options : { ...options, caFile: ca });
  if (!answer.isHealthy) say(`${url} was not healthy within ${timeout} ms; last answer: ${answer.lastAnswer}`);
  return answer.isHealthy ? 0 : 1;
};

/** The `sipid` program. Its exit code is 0, or 1 with a sentence on standard error. */
export function sipid(say: Say, exit: (code: number) => void): Command {
  const program = new Command('sipid')
    .description('claims and kills by pid file, and waits for health')
    .helpCommand(false);
  const action = <T>(run: CommandRun<T>) => (options: T): Promise<void> => carryOut(run, options, say, exit);
  program.command('claim')
    .description('write a process id into a pid file, unless the process that it names is running')
    .requiredOption('--pid <pid>', 'process id to write', parsePid)
    .requiredOption('--pid-file <path>', 'pid file')
    .action(action(claim));
  program.command('kill').description('end the process that a pid file names: TERM, 20 seconds, KILL')
    .requiredOption('--pid-file <path>', 'pid file')
    .option('--show-stacks', 'send QUIT before KILL, so that the process shows its stacks')
    .action(action(kill));
  program.command('wait-until-healthy').description('wait until an address answers 200')
    .requiredOption('--url <url>', 'address to ask')
    .addOption(durationOption('--timeout <duration>', 'how long to ask, such as 500ms or 4m', '1m'))
    .addOption(durationOption('--polling-frequency <duration>', 'time between two requests', '5s'))
    .option('--ca <file>', 'a private certificate authority in PEM, besides those of the system')
    .action(action(wait));
  return program;
}

async function carryOut<T>(run: CommandRun<T>, options: T, say: Say, exit: (code: number) => void): Promise<void> {
  try {
    exit(await run(options, say));
  } catch (failure) {
    const { message, remedy } = asPinkyError(failure);
    say(`${message}${/pinky/i.test(remedy) ? '' : ` (${remedy})`}`); // sipid is used without Pinky, too
    exit(1);
  }
}

function parsePid(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('a process id is a number from 1 to 4194304.');
  return Number(text);
}

function durationOption(flags: string, description: string, standard: string): Option {
  return new Option(flags, description).argParser(duration).default(parseGoDuration(standard), standard);
}

function duration(text: string): number {
  try {
    return parseGoDuration(text);
  } catch (failure) {
    throw new InvalidArgumentError(asPinkyError(failure).message);
  }
}
