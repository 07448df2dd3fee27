import { failed, passed, type Outcome, type ReplayContext, type VectorCase } from '../replay.js';
import { compareRuns } from './compare-runs.js';
import { RecordedRun } from './recorded-run.js';
import type { Observed, RunCase } from './run-case.js';
import { decisionsFor } from '../decided/run-decisions.js';

/**
 * Replays a real run (kinds C, D, E, heartbeat-run and log-run) with our library. Some 3 to 15 s, of which most is
 * waiting.
 */
export async function replayRun(vector: VectorCase, context: ReplayContext): Promise<Outcome> {
  // The cast holds by the README of the records.
  const c = vector as RunCase;
  const ours = await new RecordedRun(c, context).observe();
  const decisions = decisionsFor(c);
  // Where the runs of the record differ among themselves, each of them is a good one.
  const records: readonly Observed[] = [
    c.observed,
    ...(c.runs_that_differ ?? []).map((run) => ({ ...c.observed, ...run })),
  ];
  const plain = records.map((record) => compareRuns(c, ours, record));
  if (plain.some(({ status }) => status === 'passed')) return passed;
  const first = plain[0] ?? failed('no record');
  if (decisions.length === 0) return first;
  const outcomes = records.map((record) => byDecision(c, ours, record));
  return outcomes.find(({ status }) => status !== 'failed') ?? outcomes[0] ?? first;
}

/** Compares with what the record would be had ServerEngine done what we decided. */
function byDecision(c: RunCase, ours: Observed, record: Observed): Outcome {
  const decisions = decisionsFor(c);
  const wanted = decisions.reduce((observed, { expect }) => expect?.(observed, c, ours) ?? observed, record);
  const ignores = decisions.flatMap(({ ignoresGroup }) => ignoresGroup ?? []);
  const outcome = compareRuns(c, ours, wanted, {
    ignoresGroup: (group) => ignores.some((ignore) => ignore(group, c)),
    ignoresLog: decisions.some(({ ignoresLog }) => ignoresLog),
  });
  if (outcome.status !== 'passed') {
    return {
      status: 'failed',
      reason: `${'reason' in outcome ? outcome.reason : ''} (after: ` +
        `${decisions.map(({ reason }) => reason).join('; ')})`,
    };
  }
  const wrong = decisions.map(({ check }) => check?.(ours, c)).find((reason) => reason !== undefined);
  if (wrong !== undefined) return failed(wrong);
  return { status: 'differs', reason: decisions.map(({ reason }) => reason).join('; ') };
}
