import { PinkyError } from './errors.js';

/** 1 to 64 characters that are harmless in a path, a Redis key and a process title. */
export const serverIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

export const isServerId = (value: unknown): value is string => typeof value === 'string' && serverIdPattern.test(value);

export function assertServerId(value: unknown): asserts value is string {
  if (!isServerId(value)) {
    throw new PinkyError('bad_server_id', `${JSON.stringify(value)?.slice(0, 120)} is not a server id`);
  }
}
