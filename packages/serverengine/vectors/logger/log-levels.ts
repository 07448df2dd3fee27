import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logLevels, type LogLevel } from '@pinky/protocol/base';
import { createPlainLogger, defaultLogLevel, levelNumber, parseLogLevel } from '@pinky/supervisor';
import {
  compare,
  decided,
  observes,
  type Replay,
  type ReplayContext,
  type ReplayResult,
  type VectorCase,
} from '../replay.js';

// The casts in this file hold by the README of the records: the fields that `fits` asks for have these types.
interface LevelObserved {
  readonly accepted?: boolean;
  readonly level_number?: number;
  readonly written?: readonly string[];
  readonly dropped?: readonly string[];
  readonly is_enabled?: Readonly<Record<string, boolean>>;
}

const levelOf = (vector: VectorCase): unknown => vector.input?.['level'];

function acceptedLevel(vector: VectorCase): ReplayResult {
  const { accepted, level_number: number } = vector.observed as LevelObserved;
  try {
    return compare({ accepted: true, number: levelNumber(parseLogLevel(levelOf(vector))) }, { accepted, number });
  } catch {
    return compare({ accepted: false, number: undefined }, { accepted, number });
  }
}

async function writtenLevels(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const {
    level_number: number,
    written = [],
    dropped = [],
    is_enabled: enabled = {},
  } = vector.observed as LevelObserved;
  const path = join(directory, 'log');
  const log = createPlainLogger({ path, level: String(levelOf(vector)), format: ({ level }) => `${level}\n` });
  for (const level of logLevels) log[level]({ event: 'vector' });
  log.append('any\n');
  await log.close();
  const ours = readFileSync(path, 'utf8').trim().split('\n');
  return compare(
    {
      number: levelNumber(log.level),
      written: ours,
      dropped: logLevels.filter((level) => !ours.includes(level)),
      // The cast holds: the keys are level names.
      enabled: Object.fromEntries(Object.keys(enabled).map((level) => [level, log.isEnabled(level as LogLevel)])),
    },
    { number, written, dropped, enabled },
  );
}

/** Decided: the trace level has a trace method. */
async function traceMethod(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const path = join(directory, 'log');
  const log = createPlainLogger({ path, level: 'trace' });
  const hasMethod = typeof log.trace === 'function';
  log.trace({ event: 'vector' });
  await log.close();
  const { default_level_number: number } = vector.observed as { default_level_number: number };
  return decided(
    {
      number: levelNumber(defaultLogLevel),
      hasMethod,
      isWritten: readFileSync(path, 'utf8').includes('[trace]: vector'),
    },
    { number, hasMethod: true, isWritten: true },
    'the trace level has a trace method',
  );
}

/** Decided: a log call returns nothing, so that no caller can come to depend on it. */
async function returnValues(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const log = createPlainLogger({ path: join(directory, 'log'), level: String(levelOf(vector)) });
  const answers: unknown[] = [log.debug({ event: 'vector' }), log.fatal({ event: 'vector' })];
  await log.close();
  return decided(
    answers,
    [undefined, undefined],
    'a log call returns nothing, whether its record is written or dropped',
  );
}

const ofLevels =
  (...keys: readonly string[]) =>
  (vector: VectorCase): boolean =>
    vector.group === 'levels' && observes(...keys)(vector);

/** Levels. The first one that fits gets the case. */
export const levelReplays: readonly Replay[] = [
  { fits: ofLevels('accepted'), run: acceptedLevel },
  { fits: ofLevels('written', 'dropped'), run: writtenLevels },
  { fits: ofLevels('has_trace_method'), run: traceMethod },
  { fits: ofLevels('dropped_returns'), run: returnValues },
];
