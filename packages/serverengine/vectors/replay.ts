import { isDeepStrictEqual } from 'node:util';

/** One recorded case of ServerEngine's behaviour; what its fields mean is in the README beside the file. */
export interface VectorCase {
  readonly id: string;
  readonly title: string;
  readonly group?: string;
  readonly quirk?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly observed: unknown;
  readonly [field: string]: unknown;
}

/** How ours compares: `differs` is by decision, and what we do instead was checked. */
export type Outcome =
  | { readonly status: 'passed' }
  | { readonly status: 'differs' | 'failed'; readonly reason: string };

export const passed: Outcome = { status: 'passed' };
export const failed = (reason: string): Outcome => ({ status: 'failed', reason });

/** Passed where both are deeply equal; else the difference. */
export function compare(ours: unknown, theirs: unknown): Outcome {
  return isDeepStrictEqual(plain(ours), plain(theirs))
    ? passed
    : failed(`ours ${JSON.stringify(ours)}, recorded ${JSON.stringify(theirs)}`);
}

/** As the file could hold it: JSON has no undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify({ value }));

/** A deliberate difference: counts as one where ours does what was decided, and fails where it does neither. */
export function decided(ours: unknown, decision: unknown, reason: string): Outcome {
  const outcome = compare(ours, decision);
  return outcome.status === 'passed' ? { status: 'differs', reason } : outcome;
}

/** What replays need from their surroundings. */
export interface ReplayContext {
  /** An empty directory for this case. */
  readonly directory: string;
  /** The runnable file of a program in `vectors/programs`. */
  readonly program: (name: string) => string;
}

/** Replays one kind of case, where it knows it: the first whose `fits` says yes. */
export interface Replay {
  readonly fits: (vector: VectorCase) => boolean;
  readonly run: (vector: VectorCase, context: ReplayContext) => Outcome | Promise<Outcome>;
}

/** Replays a case by the first replay of the list that it fits. */
export async function replayBy(
  replays: readonly Replay[],
  vector: VectorCase,
  context: ReplayContext,
): Promise<Outcome> {
  const replay = replays.find(({ fits }) => fits(vector));
  if (!replay) return failed('no replay knows this form of case');
  try {
    return await replay.run(vector, context);
  } catch (error) {
    return failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}
