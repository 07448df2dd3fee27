import { isDeepStrictEqual } from 'node:util';

/** One recorded case of ServerEngine's behaviour. The README beside the records explains its fields. */
export interface VectorCase {
  readonly id: string;
  readonly title: string;
  readonly group?: string;
  readonly quirk?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly observed: unknown;
  readonly [field: string]: unknown;
}

/** The outcome of a replay. `differs` means: by decision, and our own behaviour was checked. */
export type ReplayResult =
  | { readonly status: 'passed' }
  | { readonly status: 'differs' | 'failed'; readonly reason: string };

export const passed: ReplayResult = { status: 'passed' };
export const failed = (reason: string): ReplayResult => ({ status: 'failed', reason });

/** Passed if both are deeply equal. Otherwise failed, with the difference. */
export function compare(ours: unknown, theirs: unknown): ReplayResult {
  return isDeepStrictEqual(plain(ours), plain(theirs))
    ? passed
    : failed(`ours ${JSON.stringify(ours)}, recorded ${JSON.stringify(theirs)}`);
}

/** The value as a file could hold it: JSON has no undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify({ value }));

/** A deliberate difference. It counts as one if ours does what was decided. If ours does neither, it fails. */
export function decided(ours: unknown, decision: unknown, reason: string): ReplayResult {
  const result = compare(ours, decision);
  return result.status === 'passed' ? { status: 'differs', reason } : result;
}

/** Everything that a replay needs from its surroundings. */
export interface ReplayContext {
  /** An empty directory for this case. */
  readonly directory: string;
  /** The runnable file of a program in `programs/`. */
  readonly program: (name: string) => string;
}

/** Replays one sort of case. The first one in a list whose `fits` says yes gets the case. */
export interface Replay {
  readonly fits: (vector: VectorCase) => boolean;
  readonly run: (vector: VectorCase, context: ReplayContext) => ReplayResult | Promise<ReplayResult>;
}

/** Replays a case by the first replay of the list that fits it. */
export async function replayBy(
  replays: readonly Replay[],
  vector: VectorCase,
  context: ReplayContext,
): Promise<ReplayResult> {
  const replay = replays.find(({ fits }) => fits(vector));
  if (!replay) return failed('no replay knows this form of case');
  try {
    return await replay.run(vector, context);
  } catch (error) {
    return failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

/** The fields of a case's observation. */
export const observedOf = ({ observed }: VectorCase): Readonly<Record<string, unknown>> =>
  // The cast holds for the cases that `observes` lets through.
  observed as Readonly<Record<string, unknown>>;

/** Fits the cases whose observation has all these fields. */
export const observes =
  (...keys: readonly string[]) =>
  ({ observed }: VectorCase): boolean =>
    typeof observed === 'object' && observed !== null && keys.every((key) => key in observed);
