import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The behaviour of a test worker. The README of the records explains it. */
export interface Behaviour {
  readonly mode?: 'stubborn' | 'exit_after';
  readonly how?: 'return' | 'hard_exit' | 'soft_exit' | 'raise' | 'signal' | 'close_heartbeat_pipe';
  readonly after?: number;
  readonly code?: number;
  readonly signal?: string;
  readonly finish_after?: number;
  readonly stop_sleep?: number;
  readonly never_reset?: boolean;
  readonly puts?: string;
  readonly log?: string;
  readonly per_wid?: Readonly<Record<string, Behaviour>>;
  readonly per_gen?: Readonly<Record<string, Behaviour>>;
}

export interface ServerBehaviour {
  readonly raise_in?: string;
  readonly exit_after?: number;
  readonly exit_code?: number;
  readonly per_gen?: Readonly<Record<string, ServerBehaviour>>;
}

interface RecordedCase {
  readonly worker?: Behaviour;
  readonly server?: ServerBehaviour;
}

/** An event that a test process tells. `t` is in seconds of the machine's monotonic clock. */
export interface Told {
  readonly t: number;
  readonly pid: number;
  readonly role: 'supervisor' | 'server' | 'worker';
  readonly ev: string;
  readonly [field: string]: unknown;
}

export const nowSeconds = (): number => Number(process.hrtime.bigint()) / 1e9;

export const readCase = (directory: string): RecordedCase =>
  JSON.parse(readFileSync(join(directory, 'case.json'), 'utf8')) as RecordedCase;

/** Writes one line in one write, so that the lines of several processes do not mix. */
export function tellEvent(directory: string, role: Told['role'], ev: string, fields: object = {}): void {
  const told: Told = { t: nowSeconds(), pid: process.pid, role, ev, ...fields };
  appendFileSync(join(directory, 'events'), `${JSON.stringify(told)}\n`);
}

/** Counts the processes or objects of a name. The first one is 1. */
export function nextOf(directory: string, name: string): number {
  const path = join(directory, `generations-${name}`);
  appendFileSync(path, '.');
  return readFileSync(path).length;
}

/** The behaviour of worker `wid` in its generation `gen`. The innermost override wins. */
export function behaviourOf(base: Behaviour = {}, wid: number, gen: number): Behaviour {
  const ofWorker = { ...base, ...base.per_wid?.[wid] };
  return { ...ofWorker, ...ofWorker.per_gen?.[gen] };
}

export const serverBehaviourOf = (base: ServerBehaviour = {}, gen: number): ServerBehaviour => ({
  ...base,
  ...base.per_gen?.[gen],
});

/** The way to leave in the records' words: `hard exit 3`, `signal KILL`, `return`. */
export const howInWords = ({ how = 'return', code, signal }: Behaviour): string =>
  how === 'signal' ? `signal ${signal}` : `${how.replace('_', ' ')}${how.endsWith('_exit') ? ` ${code}` : ''}`;
