import { decisionsFor } from '../decided/decisions.js';
import { failed, passed, type ReplayContext, type ReplayResult, type VectorCase } from '../replay.js';
import { compareRuns } from './compare-runs.js';
import { RecordedRun } from './recorded-run.js';
import type { Observed, RunCase } from './run-case.js';

/**
 * Replays a real run (kinds C, D, E, heartbeat-run and log-run) with our library. It takes 3 to 15 s, mostly waiting.
 */
export async function replayRun(vector: VectorCase, context: ReplayContext): Promise<ReplayResult> {
  // The cast holds by the README of the records.
  const c = vector as RunCase;
  const ours = await new RecordedRun(c, context).observe();
  // If the recorded runs differ among themselves, each of them is a good one.
  const records: readonly Observed[] = [
    c.observed,
    ...(c.runs_that_differ ?? []).map((run) => ({ ...c.observed, ...run })),
  ];
  const plain = records.map((record) => compareRuns(c, ours, record));
  if (plain.some(({ status }) => status === 'passed')) return passed;
  const first = plain[0] ?? failed('no record');
  if (decisionsFor(c).length === 0) return first;
  const results = records.map((record) => byDecision(c, ours, record));
  return results.find(({ status }) => status !== 'failed') ?? results[0] ?? first;
}

/** Compares with the record as it would be if ServerEngine did what we decided. */
function byDecision(c: RunCase, ours: Observed, record: Observed): ReplayResult {
  const decisions = decisionsFor(c);
  const wanted = decisions.reduce((observed, { expect }) => expect?.(observed, c, ours) ?? observed, record);
  const ignores = decisions.flatMap(({ ignoresGroup }) => ignoresGroup ?? []);
  const result = compareRuns(c, ours, wanted, {
    ignoresGroup: (group) => ignores.some((ignore) => ignore(group, c)),
    ignoresLog: decisions.some(({ ignoresLog }) => ignoresLog),
  });
  if (result.status !== 'passed') {
    return {
      status: 'failed',
      reason: `${'reason' in result ? result.reason : ''} (after: ${decisions.map(({ reason }) => reason).join('; ')})`,
    };
  }
  const wrong = decisions.map(({ check }) => check?.(ours, c)).find((reason) => reason !== undefined);
  if (wrong !== undefined) return failed(wrong);
  return { status: 'differs', reason: decisions.map(({ reason }) => reason).join('; ') };
}
