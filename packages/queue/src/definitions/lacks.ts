import type { ErrorCode } from '@pinky/protocol';

/**
 * Failures for lack of time, space, a port, processes, an answer of the folder of backups, or the programs of this
 * version, which an upgrade brings back. They pass: no funpack or setting is wrong.
 */
const lacks: ReadonlySet<unknown> = new Set<ErrorCode>([
  'start_timeout',
  'no_space',
  'read_only',
  'no_processes',
  'no_free_port',
  'port_taken',
  'runner_died',
  'not_ready',
  'version_removed',
]);

export const isLack = (code: unknown): boolean => lacks.has(code);
