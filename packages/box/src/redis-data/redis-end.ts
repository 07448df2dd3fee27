import { readTail } from '../keep/log-tail.js';

/** Why Redis ended by itself. */
export interface RedisEnd {
  readonly text: string;
  /** Whether it complained about its data. */
  readonly isAboutData: boolean;
}

/** Redis prints less than this between its start and such an end, bytes. */
const tailBytes = 16 * 1024;
const begins = 'oO0OoO0OoO0Oo';
/** A warning or an error has this sign after process and time. */
const warning = /^\d+:\w \d+ \w+ \d+ [\d:.]+ # /;
const aboutData = /append[ -]?only|\bAOF\b|\bRDB\b/i;
/** Advice about the machine. Redis goes on after it. */
const advice = /# WARNING /;

/** Reads what the Redis that has just ended printed last. Undefined if it did not say. */
export function redisEnd(logFile: string): RedisEnd | undefined {
  const lines = (readTail(logFile, 0, tailBytes)?.text ?? '').split('\n'); // it may not have been able to open its log
  const start = lines.findLastIndex((line) => line.includes(begins));
  const said = lines.slice(start + 1).filter((line) => line.trim() !== '' && !advice.test(line));
  const meant = said.filter((line) => warning.test(line) || !/^\d+:\w /.test(line));
  const last = meant.map((line) => line.replace(warning, '').trim()).findLast((line) => line !== '');
  return last === undefined ? undefined : { text: last, isAboutData: meant.some((line) => aboutData.test(line)) };
}
