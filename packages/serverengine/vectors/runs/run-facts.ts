import type { Behaviour } from '../programs/recorded-case.js';
import type { Observed, RecordedEvent, RunCase, ScriptStep } from './run-case.js';

/** Facts of a case or a run, for the rules. */
export const workerType = (c: RunCase): string => c.config.worker_type ?? 'embedded';
export const inServer = (c: RunCase): boolean => ['embedded', 'thread'].includes(workerType(c));
export const signals = (c: RunCase, to: string, ...names: readonly string[]): readonly ScriptStep[] =>
  c.script.filter((step) => step.do === 'signal' && step.to === to && names.includes(step.signal ?? ''));
/** The last value that the script gives to a key of the configuration. */
export const changed = (c: RunCase, key: string): unknown =>
  c.script
    .filter((step) => step.do === 'change_config')
    .map(({ set }) => set?.[key])
    .findLast((value) => value !== undefined);
export const named = (ours: Observed, pattern: RegExp): boolean => ours.alive_at_end.some((name) => pattern.test(name));

/** Every behaviour that some worker of the case has at some time. */
export function behaviours({ worker = {} }: RunCase): readonly Behaviour[] {
  const below = (one: Behaviour): Behaviour[] => [
    one,
    ...[...Object.values(one.per_wid ?? {}), ...Object.values(one.per_gen ?? {})].flatMap((inner) =>
      below({ ...one, per_wid: {}, per_gen: {}, ...inner }),
    ),
  ];
  return below(worker);
}

export const leaves = (c: RunCase, ...hows: readonly string[]): boolean =>
  behaviours(c).some(({ mode, how }) => mode === 'exit_after' && how !== undefined && hows.includes(how));

/** Whether one event of the record comes after another. */
export function after(
  events: readonly RecordedEvent[],
  first: (event: RecordedEvent) => boolean,
  then: (event: RecordedEvent) => boolean,
): boolean {
  const from = events.find(first)?.t;
  return from !== undefined && events.some((event) => event.t > from && then(event));
}

export const gone = (t: number, code: number): NonNullable<Observed['top_exit']> => ({ t, code });
