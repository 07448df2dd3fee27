import type { ErrorCode } from '../errors.js';
import type { CommandName } from '../commands/commands.js';
import type { ServerState } from './lifecycle.js';

/**
 * The effect of a command in a state (docs/states.md):
 * `go` obey · `done` it is so already · `join` same outcome as the one under way · `cancelStart` end the start, answer
 * it with `cancelled`, then stop · `afterStart` once the start is done · `afterStop` once the server is down ·
 * `asStart` the rule of `start` · `atOnce` end the backoff and start · `reject` with the code.
 */
export type CommandRule =
  | 'go' | 'done' | 'join' | 'cancelStart' | 'afterStart' | 'afterStop' | 'asStart' | 'atOnce'
  | { readonly reject: ErrorCode };

const notRunning = { reject: 'not_running' } as const;
const notReady = { reject: 'not_ready' } as const;
const stopping = { reject: 'stopping' } as const;
const alreadyUp = { reject: 'already_up' } as const;

const speaking = {
  down: notRunning,
  failed: notRunning,
  preparing: notReady,
  starting: notReady,
  up: 'go',
  stopping,
  crashed: notReady,
} as const;

const stop = {
  down: 'done',
  failed: 'go',
  preparing: 'cancelStart',
  starting: 'cancelStart',
  up: 'go',
  stopping: 'join',
  crashed: 'go',
} as const;

/** Every command × state pair. Printed into docs/states.md by `scripts/tables`, and a test keeps the two equal. */
export const commandRules: Readonly<Record<CommandName, Readonly<Record<ServerState, CommandRule>>>> = {
  start: {
    down: 'go',
    failed: 'go',
    preparing: 'join',
    starting: 'join',
    up: 'done',
    stopping: 'afterStop',
    crashed: 'atOnce',
  },
  stop,
  restart: {
    down: 'asStart',
    failed: 'asStart',
    preparing: 'afterStart',
    starting: 'afterStart',
    up: 'go',
    stopping: 'asStart',
    crashed: 'asStart',
  },
  backup: {
    down: 'go',
    failed: 'go',
    preparing: notReady,
    starting: notReady,
    up: 'go',
    stopping,
    crashed: 'go',
  },
  kill: stop,
  tell: speaking,
  broadcast: speaking,
  kick: speaking,
  list: speaking,
  console: speaking,
  rm: {
    down: 'go',
    failed: 'go',
    preparing: alreadyUp,
    starting: alreadyUp,
    up: alreadyUp,
    stopping,
    crashed: alreadyUp,
  },
};
