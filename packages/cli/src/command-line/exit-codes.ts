import type { ErrorCode } from '@pinky/protocol';

/** The exit codes of the `pinky` command. They are printed into docs/commands.md and every `--help`. */
export const exitCodes = [
  { code: 0, name: 'ok', means: 'done, or there was nothing to do' },
  { code: 1, name: 'failed', means: 'it was tried and failed; the code of the error says why' },
  { code: 2, name: 'usage', means: 'bad command line, option in pinky.yml or server id; nothing was tried' },
  { code: 3, name: 'not running', means: 'the box or the server is not running' },
  {
    code: 4,
    name: 'unreachable',
    means: 'no answer in time, because part of the box is away or busy; the outcome may be unknown',
  },
  {
    code: 130,
    name: 'interrupted',
    means: 'Ctrl-C before there was an answer; commands that Ctrl-C ends (-f, --watch, attach) exit with 0',
  },
] as const;

export type ExitCode = (typeof exitCodes)[number]['code'];

const special: { readonly [code in ErrorCode]?: ExitCode } = {
  bad_option: 2,
  bad_server_id: 2,
  bad_command: 2,
  unknown_command: 2,
  bad_text: 2,
  misplaced: 2,
  no_directory: 2,
  not_permitted: 2,
  not_running: 3,
  supervisor_unreachable: 3,
  webhooks_unreachable: 3,
  box_down: 3,
  deadline_exceeded: 4,
  connection_lost: 4,
  socket_gone: 4,
  home_moved: 4,
  worker_unreachable: 4,
  redis_unavailable: 4,
  outcome_unknown: 4,
};

/** The exit code for the code of an error. It is 1 unless the table above has another one. */
export const exitCodeOf = (code: ErrorCode): ExitCode => special[code] ?? 1;
