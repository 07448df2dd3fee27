import type { Effective } from '../config/server-config.js';

/** What a worker process or thread needs to begin. */
export interface WorkerStart {
  readonly modulePath: string;
  readonly workerId: number;
  readonly config: Effective;
  readonly server: { readonly pid: number; readonly shared: Readonly<Record<string, unknown>> };
}

/** From the server to a worker process or thread. Signals ask a process to stop: they need no event loop to arrive. */
export type ToWorker =
  | { readonly type: 'worker.start'; readonly start: WorkerStart }
  | { readonly type: 'worker.reload'; readonly config: Effective }
  | { readonly type: 'worker.stop' };

/** From a worker to its server: it got USR2 itself, and asks for the configuration in effect. */
export interface FromWorker {
  readonly type: 'worker.reloadMe';
}

const hasType = (message: unknown, types: readonly string[]): boolean =>
  typeof message === 'object' && message !== null && 'type' in message && types.includes(String(message.type));

export const isToWorker = (message: unknown): message is ToWorker =>
  hasType(message, ['worker.start', 'worker.reload', 'worker.stop']);
export const isFromWorker = (message: unknown): message is FromWorker => hasType(message, ['worker.reloadMe']);

/** A configuration as JSON can carry it: functions stay behind. */
export const portable = (config: Effective): Effective =>
  // The cast holds but for functions, which no other process could call.
  JSON.parse(JSON.stringify(config)) as Effective;
