import type { EffectiveConfig } from '../config/server-config.js';

/** Everything that a worker process or thread needs to begin. */
export interface WorkerStart {
  readonly modulePath: string;
  readonly workerId: number;
  readonly config: EffectiveConfig;
  readonly server: { readonly pid: number; readonly shared: Readonly<Record<string, unknown>> };
}

/**
 * From the server to a worker process or thread. A process is stopped by signals, which need no event loop to arrive.
 */
export type ToWorker =
  | { readonly type: 'worker.start'; readonly start: WorkerStart }
  | { readonly type: 'worker.reload'; readonly config: EffectiveConfig }
  | { readonly type: 'worker.stop' };

/** From a worker to its server: the worker itself got USR2 and asks for the configuration in effect. */
export interface FromWorker {
  readonly type: 'worker.reloadMe';
}

const hasType = (message: unknown, types: readonly string[]): boolean =>
  typeof message === 'object' && message !== null && 'type' in message && types.includes(String(message.type));

export const isToWorker = (message: unknown): message is ToWorker =>
  hasType(message, ['worker.start', 'worker.reload', 'worker.stop']);
export const isFromWorker = (message: unknown): message is FromWorker => hasType(message, ['worker.reloadMe']);

/** A configuration as JSON can carry it, without its functions. */
export const portable = (config: EffectiveConfig): EffectiveConfig =>
  // The cast holds but for functions, which no other process could call.
  JSON.parse(JSON.stringify(config)) as EffectiveConfig;
