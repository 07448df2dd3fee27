import type { ErrorAnswer, Progress } from '@pinky/protocol';
import type { RunnerTask } from './tasks.js';

/** From the worker to its funpack-runner, over IPC. */
export type ToRunner =
  | { readonly type: 'task'; readonly task: RunnerTask; readonly serverId: string }
  | { readonly type: 'abort' };

/** From a funpack-runner to its worker. `line` is one line of output of a funpack's program. */
export type FromRunner =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: ErrorAnswer };
