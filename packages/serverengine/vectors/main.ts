import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayDaemon } from './daemons/replay-daemon.js';
import { replayLogger } from './logger/replay-logger.js';
import { failed, type ReplayContext, type ReplayResult, type VectorCase } from './replay.js';
import { replayConfig } from './replay-config.js';
import { replayLadder } from './replay-ladder.js';
import { replayRun } from './runs/replay-run.js';
import { replaySockets } from './sockets/replay-sockets.js';

/** Real runs mostly wait. This many at a time keep two cores busy, and are not late yet. */
const atATime = Number(process.env['VECTORS_AT_A_TIME'] ?? 6);

type ReplayOfKind = (vector: VectorCase, context: ReplayContext) => ReplayResult | Promise<ReplayResult>;

/**
 * How often a failed real run is repeated alone. On a machine under load a process may take seconds to start, and the
 * records have no such delay.
 */
const secondChances = 2;

/** The replay of a case: a real run, if it has a script. Otherwise the one for its kind's letter. */
function replayOf(kind: string, vector: VectorCase): ReplayOfKind {
  if ('script' in vector) return replayRun;
  const byLetter: Readonly<Record<string, ReplayOfKind>> = {
    A: replayLadder,
    B: replayLadder,
    F: replayLogger,
    G: replayConfig,
    H: replaySockets,
    I: replayDaemon,
  };
  return byLetter[kind[0] ?? ''] ?? (() => failed(`kind ${kind} is not known`));
}

type Counts = Record<ReplayResult['status'], number>;

interface Job {
  readonly kind: string;
  readonly vector: VectorCase;
}

async function replayAll(file: string): Promise<number> {
  // The cast holds by the README of the records.
  const { about: _about, ...kinds } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly VectorCase[]>;
  const only = process.argv[3];
  const jobs = Object.entries(kinds)
    .flatMap(([kind, cases]) => cases.map((vector): Job => ({ kind, vector })))
    .filter(({ vector }) => only === undefined || new RegExp(only).test(vector.id));
  const directory = mkdtempSync(join(tmpdir(), 'vectors-'));
  chmodSync(directory, 0o755); // so that a daemon of another user finds its files
  const counts = new Map<string, Counts>();
  // Cases that count processes or bytes come first and alone. Cases that wait share the time.
  const [waiting, quick] = [
    jobs.filter(({ vector }) => 'script' in vector),
    jobs.filter(({ vector }) => !('script' in vector)),
  ];
  const again: Job[] = [];
  const runner = async (queue: Job[]): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const result = await replayOne(job, directory);
      if (result.status === 'failed' && 'script' in job.vector) again.push(job);
      else tally(counts, job, result);
    }
  };
  await runner(quick);
  await Promise.all(Array.from({ length: atATime }, () => runner(waiting)));
  for (const job of again) tally(counts, job, await replayAgain(job, directory));
  rmSync(directory, { recursive: true, force: true });
  return report(counts);
}

async function replayAgain(job: Job, directory: string): Promise<ReplayResult> {
  let result = failed('not run');
  for (let chance = 0; chance < secondChances && result.status === 'failed'; chance += 1)
    result = await replayOne(job, directory);
  return result;
}

async function replayOne({ kind, vector }: Job, directory: string): Promise<ReplayResult> {
  const own = join(directory, `${kind[0]}-${vector.id.replaceAll(/[^\w-]/g, '_')}`);
  rmSync(own, { recursive: true, force: true });
  mkdirSync(own, { recursive: true });
  try {
    return await replayOf(kind, vector)(vector, {
      directory: own,
      program: (name) => join(__dirname, 'programs', `${name}.js`),
    });
  } catch (error) {
    return failed(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

function tally(counts: Map<string, Counts>, { kind, vector }: Job, result: ReplayResult): void {
  const count = counts.get(kind) ?? { passed: 0, failed: 0, differs: 0 };
  count[result.status] += 1;
  counts.set(kind, count);
  if (result.status === 'failed') console.log(`FAILED ${vector.id} (${vector.title}): ${result.reason}`);
  else if (result.status === 'differs' && process.env['VECTORS_VERBOSE'])
    console.log(`differs ${vector.id} (${vector.title}): ${result.reason}`);
}

const line = ({ passed, failed: bad, differs }: Counts): string =>
  `${passed} passed, ${bad} failed, ${differs} differ by decision`;

function report(counts: ReadonlyMap<string, Counts>): number {
  const total = { passed: 0, failed: 0, differs: 0 };
  for (const [kind, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    console.log(`${kind}: ${line(count)}`);
    for (const status of ['passed', 'failed', 'differs'] as const) total[status] += count[status];
  }
  console.log(line(total));
  return total.failed === 0 ? 0 : 1;
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  console.error('usage: scripts/vectors FILE [pattern of ids]');
  process.exit(2);
}
void replayAll(file).then((code) => process.exit(code));
