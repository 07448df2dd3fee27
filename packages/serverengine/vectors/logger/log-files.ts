import {
  mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '@pinky/protocol/base';
import { createPlainLogger } from '@pinky/supervisor';
import {
  compare,
  decided,
  failed,
  observes,
  passed,
  type Replay,
  type ReplayContext,
  type ReplayResult,
  type VectorCase,
} from '../replay.js';

/** The lines of each file in a directory. */
export const linesByFile = (directory: string): Record<string, string[]> =>
  Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8').trim().split('\n')]),
  );

// The casts in this file hold by the README of the records: the fields that `fits` asks for have these types.
/** Takes the steps that a title names: `open, write 1, wait 1.2 s, rename away and create an empty file, write 2`. */
async function externalRename(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const path = join(directory, 'log');
  const log = createPlainLogger({ path });
  const model: Record<string, string[]> = { log: [] };
  for (const step of vector.title.split(', ')) {
    const number = /^write (\d+)/.exec(step)?.[1];
    if (number !== undefined) log.append(`${number}\n`);
    if (number !== undefined) model['log']?.push(number);
    const seconds = /^wait ([\d.]+) s/.exec(step)?.[1];
    if (seconds !== undefined) await sleep(Number(seconds) * 10); // a hundredth, because ours depends on no time
    if (step === 'reopen') log.reopen();
    if (!step.startsWith('rename away')) continue;
    renameSync(path, `${path}.moved`);
    model['log.moved'] = model['log'] ?? [];
    model['log'] = [];
    if (step.includes('create')) writeFileSync(path, '');
  }
  await log.close();
  const ours = linesByFile(directory);
  const result = compare(ours, (vector.observed as { lines_by_file: object }).lines_by_file);
  if (result.status === 'passed' || vector.quirk === undefined) return result;
  return decided(ours, model, 'a rename is noticed at the next record, and a missing file is made again');
}

/** Decided: a new file is empty, so that each line of a log is a record. `header` puts a first line there. */
async function newFile(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const { mode, umask } = vector.observed as { mode: string; umask: string };
  const path = join(directory, 'log');
  const before = process.umask(Number.parseInt(umask, 8));
  const log = createPlainLogger({ path });
  process.umask(before);
  await log.close();
  const stat = statSync(path);
  return decided(
    { mode: (stat.mode & 0o777).toString(8), size: stat.size },
    { mode, size: 0 },
    'a new log file is empty unless a header is asked for',
  );
}

async function unopenable(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const { error } = vector.observed as { error: string };
  const given = vector.input?.['path'];
  const path = join(directory, typeof given === 'string' ? given : 'log');
  makeObstacle(path, error);
  try {
    await createPlainLogger({ path }).close();
    return failed('it was opened');
  } catch (failure) {
    return compare(`Errno::${errnoOf(failure)}`, error);
  }
}

/** Puts in the way of the log what its error says: a directory, a file where a directory should be, or a circle. */
function makeObstacle(path: string, error: string): void {
  if (error === 'Errno::EISDIR') mkdirSync(path, { recursive: true });
  if (error === 'Errno::ENOTDIR') writeFileSync(dirname(path), '');
  if (error === 'Errno::ELOOP') symlinkSync(path, path);
}

async function pathChanged(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const recorded = Object.entries(
    (vector.observed as { lines_by_file: Record<string, readonly string[]> }).lines_by_file,
  );
  const log = createPlainLogger({ path: join(directory, recorded[0]?.[0] ?? 'log') });
  for (const [name, lines] of recorded) {
    log.configure({ path: join(directory, name) });
    for (const line of lines) log.append(`${line}\n`);
  }
  await log.close();
  return compare(
    recorded.map(([name]) => [name, readFileSync(join(directory, name), 'utf8').trim().split('\n')]),
    recorded,
  );
}

/** Log calls return nothing by decision. This case only shows that nothing happens. */
async function reopenStream(): Promise<ReplayResult> {
  const log = createPlainLogger({ path: '-' });
  log.reopen();
  await log.close();
  return passed;
}

/** Files. The first one that fits gets the case. */
export const fileReplays: readonly Replay[] = [
  { fits: ({ group }) => group === 'external rename', run: externalRename },
  { fits: observes('text_pattern'), run: newFile },
  { fits: observes('error'), run: unopenable },
  { fits: observes('lines_by_file'), run: pathChanged },
  { fits: observes('reopen_returns'), run: reopenStream },
];
