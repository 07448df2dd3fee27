import type { CommandSpec, FlagSpec } from './specs.js';

const commands = () => import('../commands/pid.js');
const pidFile: FlagSpec = { flag: '--pid-file <path>', means: 'the pid file', isRequired: true };

/** Commands for start and stop scripts of any program, after sipid. They need no box. */
export const pidSpecs: readonly CommandSpec[] = [
  {
    name: 'pid claim',
    args: '',
    means: 'write a process id into a pid file, unless the process that it names runs',
    more: 'Of any number of claims at once exactly one gets the file. A stale file, whose number another process ' +
      'has by now, is taken over.',
    flags: [{ flag: '--pid <pid>', means: 'the process id to write', isRequired: true }, pidFile],
    examples: ['pinky pid claim --pid $$ --pid-file /run/web/web.pid && exec ./web'],
    load: async () => (await commands()).claim,
  },
  {
    name: 'pid kill',
    args: '',
    means: 'end the process that a pid file names: TERM, 20 seconds, KILL; then remove the file',
    more: 'A process that merely has the number now is never signalled.',
    flags: [
      pidFile,
      { flag: '--show-stacks', means: 'send QUIT a second before KILL, so that the process shows its stacks' },
    ],
    examples: ['pinky pid kill --pid-file /run/web/web.pid --show-stacks'],
    load: async () => (await commands()).kill,
  },
  {
    name: 'wait-until-healthy',
    args: '',
    means: 'ask an address until it answers 200',
    flags: [
      { flag: '--url <url>', means: 'the http: or https: address', isRequired: true },
      { flag: '--timeout <duration>', means: 'how long to ask, such as 500ms or 4m; default 1m' },
      { flag: '--polling-frequency <duration>', means: 'time between two questions; default 5s' },
    ],
    examples: ['pinky wait-until-healthy --url https://127.0.0.1:8443/health --timeout 2m --polling-frequency 1s'],
    load: async () => (await commands()).waitUntilHealthy,
  },
];
