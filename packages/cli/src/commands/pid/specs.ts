import type { CommandSpec, FlagSpec } from '../../command-line/specs.js';

const commands = () => import('./pid.js');
const pidFile: FlagSpec = { flag: '--pid-file <path>', means: 'the pid file', isRequired: true };

/** Commands for the start and stop scripts of any program, modelled on sipid. They need no box. */
export const pidSpecs: readonly CommandSpec[] = [
  {
    name: 'pid claim',
    args: '',
    means: 'write a process id into a pid file, unless the process that it names still runs',
    more: 'If several claims come at once, exactly one gets the file. A stale file is taken over, even if another ' +
      'process has its number now.',
    flags: [{ flag: '--pid <pid>', means: 'the process id to write', isRequired: true }, pidFile],
    examples: ['pinky pid claim --pid $$ --pid-file /run/web/web.pid && exec ./web'],
    load: async () => (await commands()).claim,
  },
  {
    name: 'pid kill',
    args: '',
    means: 'end the process that a pid file names (TERM, then KILL after 20 seconds), then remove the file',
    more: 'Another process that has the number now is never signalled.',
    flags: [
      pidFile,
      { flag: '--show-stacks', means: 'send QUIT a second before KILL, so that the process prints its stacks' },
    ],
    examples: ['pinky pid kill --pid-file /run/web/web.pid --show-stacks'],
    load: async () => (await commands()).kill,
  },
  {
    name: 'wait-until-healthy',
    args: '',
    means: 'ask an address again and again until it answers 200',
    flags: [
      { flag: '--url <url>', means: 'the http: or https: address', isRequired: true },
      { flag: '--timeout <duration>', means: 'when to give up, such as 500ms or 4m; default 1m' },
      { flag: '--polling-frequency <duration>', means: 'pause between two requests; default 5s' },
      { flag: '--ca <file>', means: 'a private certificate authority (PEM), besides those of the system' },
    ],
    examples: ['pinky wait-until-healthy --url https://127.0.0.1:8443/health --timeout 2m --polling-frequency 1s'],
    load: async () => (await commands()).waitForHealth,
  },
];
