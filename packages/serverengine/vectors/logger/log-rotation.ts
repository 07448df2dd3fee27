import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPlainLogger, type LoggerOptions } from '@pinky/supervisor';
import { compare, failed, type Replay, type ReplayContext, type ReplayResult, type VectorCase } from '../replay.js';
import { linesByFile } from './log-files.js';

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

/** The options of a logger that rotates as the case says. Everything else keeps its default. */
function rotationOf({ rotate_size: size, rotate_age: age }: RotationInput): Partial<LoggerOptions> {
  return {
    ...(size !== null && size !== undefined && { rotateSizeBytes: size }),
    ...(age !== null && age !== undefined && { rotateGenerations: age }),
  };
}

// The casts in this file hold by the README of the records: the fields that `fits` asks for have these types.
async function bySize(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
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

async function severalProcesses(vector: VectorCase, { directory, program }: ReplayContext): Promise<ReplayResult> {
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
  // The number of files depends on where each process is at the moment of a rotation. Lost or torn lines do not.
  return compare(
    {
      found: found.length,
      distinct: new Set(found).size,
      torn: found.filter((line) => line.length !== bytes - 1).length,
    },
    { found: trials[0]?.['lines_found'], distinct: trials[0]?.['distinct_lines'], torn: trials[0]?.['torn_lines'] },
  );
}

const dayMs = 86_400_000;

async function byCalendar(vector: VectorCase, { directory }: ReplayContext): Promise<ReplayResult> {
  const {
    rotate_age: period,
    opened_on: opened,
    record_days: days,
  } = vector.input as unknown as {
    rotate_age: 'daily' | 'weekly' | 'monthly';
    opened_on: string;
    record_days: readonly number[];
  };
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
  return compare(linesByFile(directory), Object.fromEntries(named));
}

const ymd = (date: Date): string =>
  `${date.getFullYear()}${String(date.getMonth() + 1).padStart(2, '0')}${String(date.getDate()).padStart(2, '0')}`;

/** Rotation. The first one that fits gets the case. */
export const rotationReplays: readonly Replay[] = [
  { fits: ({ group }) => group === 'rotation by size', run: bySize },
  { fits: ({ group }) => group === 'rotation by age', run: byCalendar },
  { fits: ({ group }) => group === 'several processes', run: severalProcesses },
];
