import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { errnoOf } from '@pinky/protocol/base';
import { createPlainLogger, type LoggerOptions } from '@pinky/supervisor';
import {
  compare,
  decided,
  failed,
  passed,
  type Outcome,
  type Replay,
  type ReplayContext,
  type VectorCase,
} from '../replay.js';

/** A file as the recorder describes it. */
interface RecordedFile {
  readonly name: string;
  readonly bytes: number;
  readonly header_bytes: number;
  readonly lines: number;
  readonly first: number;
  readonly last: number;
}

interface RotationInput {
  readonly rotate_size?: number | null;
  readonly rotate_age?: number | null;
  readonly line_bytes: number;
  readonly line_count: number;
  readonly existing_lines?: number;
}

interface ProcessesInput extends RotationInput {
  readonly writer_processes: number;
  readonly lines_per_process: number;
}

const numbered = (index: number, bytes: number): string => `${index}`.padEnd(bytes - 1) + '\n';

/** The options of a logger that rotates as the case says; what it does not say stays the default. */
function rotationOf({ rotate_size: size, rotate_age: age }: RotationInput): Partial<LoggerOptions> {
  return {
    ...(size !== null && size !== undefined && { rotateSizeBytes: size }),
    ...(age !== null && age !== undefined && { rotateGenerations: age }),
  };
}

// The casts in this file hold by the file's README: the fields that `fits` asks for have these types.
async function bySize(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const input = vector.input as unknown as RotationInput;
  const { files } = vector.observed as { files: readonly RecordedFile[] };
  const headerBytes = Math.max(...files.map((file) => file.header_bytes));
  const path = join(directory, 'log');
  const existing = input.existing_lines ?? 0;
  if (existing > 0) {
    writeFileSync(path, Array.from({ length: existing }, (_, index) => numbered(index + 1, input.line_bytes)).join(''));
  }
  const log = createPlainLogger({
    path,
    ...rotationOf(input),
    ...(headerBytes > 0 && { header: () => '#'.padEnd(headerBytes - 1, '-') + '\n' }),
  });
  const last = files[0]?.last ?? 0;
  for (let index = last - input.line_count + 1; index <= last; index += 1)
    log.append(numbered(index, input.line_bytes));
  await log.close();
  return compare(readdirSync(directory).sort().map((name) => describe(directory, name)), files);
}

function describe(directory: string, name: string): RecordedFile {
  const text = readFileSync(join(directory, name), 'utf8');
  const header = text.startsWith('#') ? text.indexOf('\n') + 1 : 0;
  const lines = text.slice(header).split('\n').slice(0, -1);
  return {
    name,
    bytes: text.length,
    header_bytes: header,
    lines: lines.length,
    first: Number(lines[0]),
    last: Number(lines.at(-1)),
  };
}

async function severalProcesses(vector: VectorCase, { directory, program }: ReplayContext): Promise<Outcome> {
  const {
    writer_processes: writers,
    lines_per_process: lines,
    line_bytes: bytes,
    rotate_size: size,
    rotate_age: age,
  } = vector.input as unknown as ProcessesInput;
  const args = [lines, bytes, size, age, 20].map(String);
  const children = Array.from({ length: writers }, (_, index) =>
    spawn(process.execPath, [program('writes-lines'), join(directory, 'log'), `w${index}`, ...args], {
      stdio: 'inherit',
    }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0] as number | null));
  if (codes.some((code) => code !== 0)) return failed(`writers ended with ${codes.join(', ')}`);
  const files = readdirSync(directory);
  const found = files.flatMap((name) => readFileSync(join(directory, name), 'utf8').split('\n').slice(0, -1));
  const trials = (vector.observed as { trials: readonly Record<string, number>[] }).trials;
  const rotated = files.filter((name) => name !== 'log').map((name) => statSync(join(directory, name)).size);
  if (rotated.length === 0 || Math.min(...rotated) <= Number(size)) {
    return failed(`rotated files of ${rotated.join(', ')} bytes`);
  }
  // How many files it makes depends on who is where at the moment of a rotation; that no line is lost or torn does not.
  return compare(
    {
      found: found.length,
      distinct: new Set(found).size,
      torn: found.filter((line) => line.length !== bytes - 1).length,
    },
    { found: trials[0]?.['lines_found'], distinct: trials[0]?.['distinct_lines'], torn: trials[0]?.['torn_lines'] },
  );
}

/** The steps that a title tells, such as `open, write 1, wait 1.2 s, rename away and create an empty file, write 2`. */
async function externalRename(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const path = join(directory, 'log');
  const log = createPlainLogger({ path });
  const model: Record<string, string[]> = { log: [] };
  for (const step of vector.title.split(', ')) {
    const number = /^write (\d+)/.exec(step)?.[1];
    if (number !== undefined) log.append(`${number}\n`);
    if (number !== undefined) model['log']?.push(number);
    const seconds = /^wait ([\d.]+) s/.exec(step)?.[1];
    if (seconds !== undefined) await sleep(Number(seconds) * 10); // a hundredth: what ours does depends on no time
    if (step === 'reopen') log.reopen();
    if (!step.startsWith('rename away')) continue;
    renameSync(path, `${path}.moved`);
    model['log.moved'] = model['log'] ?? [];
    model['log'] = [];
    if (step.includes('create')) writeFileSync(path, '');
  }
  await log.close();
  const ours = Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8').trim().split('\n')]),
  );
  const outcome = compare(ours, (vector.observed as { lines_by_file: object }).lines_by_file);
  if (outcome.status === 'passed' || vector.quirk === undefined) return outcome;
  return decided(ours, model, 'a rename is noticed at the next record, and the file made again where it is missing');
}

const dayMs = 86_400_000;

async function byCalendar(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const {
    rotate_age: period,
    opened_on: opened,
    record_days: days,
  } = vector.input as unknown as { rotate_age: 'daily' | 'weekly' | 'monthly'; opened_on: string; record_days: readonly number[] };
  const [year = 0, month = 1, day = 1] = opened.slice(0, 10).split('-').map(Number);
  const start = new Date(year, month - 1, day, 8).getTime();
  let now = start;
  const log = createPlainLogger({ path: join(directory, 'log'), rotateGenerations: period, now: () => now });
  for (const [index, offset] of days.entries()) {
    now = start + offset * dayMs;
    log.append(`${index + 1}\n`);
  }
  await log.close();
  const recorded = Object.entries((vector.observed as { lines_by_file: Record<string, string[]> }).lines_by_file);
  const named = recorded.map(([name, lines]) => [
    name.replace(/<date YYYYMMDD of day (\d+)>/, (_, offset: string) =>
      ymd(new Date(year, month - 1, day + Number(offset))),
    ),
    lines,
  ]);
  const ours = Object.fromEntries(
    readdirSync(directory).map((name) => [name, readFileSync(join(directory, name), 'utf8').trim().split('\n')]),
  );
  return compare(ours, Object.fromEntries(named));
}

const ymd = (date: Date): string =>
  `${date.getFullYear()}${String(date.getMonth() + 1).padStart(2, '0')}${String(date.getDate()).padStart(2, '0')}`;

/** Decided: a new file is empty, so that every line of a log is a record; `header` puts a first line there. */
async function newFile(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
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

async function unopenable(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
  const { error } = vector.observed as { error: string };
  try {
    await createPlainLogger({ path: join(directory, String(vector.input?.['path'])) }).close();
    return failed('it was opened');
  } catch (failure) {
    return compare(`Errno::${errnoOf(failure)}`, error);
  }
}

async function pathChanged(vector: VectorCase, { directory }: ReplayContext): Promise<Outcome> {
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

/** Decided with the return values of all log calls: nothing is returned; that nothing happens is the point. */
async function reopenStream(): Promise<Outcome> {
  const log = createPlainLogger({ path: '-' });
  log.reopen();
  await log.close();
  return passed;
}

const observes =
  (key: string) =>
  ({ observed }: VectorCase): boolean =>
    typeof observed === 'object' && observed !== null && key in observed;

/** Files and rotation; the first that fits. */
export const fileReplays: readonly Replay[] = [
  { fits: ({ group }) => group === 'rotation by size', run: bySize },
  { fits: ({ group }) => group === 'rotation by age', run: byCalendar },
  { fits: ({ group }) => group === 'several processes', run: severalProcesses },
  { fits: ({ group }) => group === 'external rename', run: externalRename },
  { fits: observes('text_pattern'), run: newFile },
  { fits: observes('error'), run: unopenable },
  { fits: observes('lines_by_file'), run: pathChanged },
  { fits: observes('reopen_returns'), run: reopenStream },
];
