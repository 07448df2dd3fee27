import type { ErrorCode } from '@pinky/protocol';

/** Failures for lack of time, space, a port or processes. They pass by themselves: no funpack or setting is wrong. */
const lacks: ReadonlySet<unknown> = new Set<ErrorCode>([
  'start_timeout',
  'no_space',
  'read_only',
  'no_processes',
  'no_free_port',
  'port_taken',
  'runner_died',
]);

export const isLack = (code: unknown): boolean => lacks.has(code);
