import { mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseObject, type CommandResult, type ErrorAnswer } from '@pinky/protocol';
import { writeFileAtomic } from './atomic-file.js';
import { LineFile } from './line-file.js';

export type Answer =
  { readonly ok: true; readonly result: CommandResult } | { readonly ok: false; readonly error: ErrorAnswer };

/** A command that was taken up and not answered, because its worker died over it. */
export interface Unanswered {
  /** A run has begun since it was taken up. */
  readonly hasBegunRun: boolean;
}

/** One line of the file: a command that was taken up, an answer that was given, or a run id that was used. */
type Line = { readonly id: string; readonly answer?: Answer } | { readonly run: string };

/** How many commands of a server are remembered. The file is shortened when it holds four times as many lines. */
const remembered = 500;

/**
 * The commands that a server has taken up, with their answers, in a file that outlives the server's folder. So a
 * command that is delivered twice is carried out once, whatever died meanwhile. The file also keeps the newest run id,
 * so that ids never go back.
 */
export class RecordedAnswers {
  /** By command id: the answer, or the newest run at the time when the command was taken up. */
  readonly #commands = new Map<string, Answer | string>();
  #file: LineFile | undefined;
  #lastRun = '';
  #lines = 0;

  constructor(private readonly path: string) {
    for (const text of readOrNothing(path).split('\n')) {
      const line = parseLine(text);
      if (line) this.#take(line);
    }
  }

  get lastRun(): string {
    return this.#lastRun;
  }

  /** The recorded answer, `Unanswered`, or `new` for a command that was never seen. */
  lookUp(id: string): Answer | Unanswered | 'new' {
    const known = this.#commands.get(id);
    if (known === undefined) return 'new';
    return typeof known === 'string' ? { hasBegunRun: this.#lastRun > known } : known;
  }

  /** Writes down that a command is taken up, before it is carried out. Throws if the disk is full. */
  accept(id: string): void {
    this.#append({ id });
  }

  /** Writes an answer down. Throws if the disk is full; this process knows the answer all the same. */
  answer(id: string, answer: Answer): void {
    this.#append({ id, answer });
  }

  useRun(run: string): void {
    if (run > this.#lastRun) this.#append({ run });
  }

  #append(line: Line): void {
    this.#take(line);
    this.#file ??= openAnswers(this.path);
    this.#file.append(JSON.stringify(line));
    if (this.#lines > remembered * 4) this.#compact();
  }

  #take(line: Line): void {
    this.#lines++;
    if ('id' in line) this.#remember(line.id, line.answer ?? this.#lastRun);
    else if (line.run > this.#lastRun) this.#lastRun = line.run;
  }

  #remember(id: string, state: Answer | string): void {
    this.#commands.delete(id); // moves to the end: the oldest are forgotten first
    this.#commands.set(id, state);
    const oldest = this.#commands.keys().next();
    if (this.#commands.size > remembered && !oldest.done) this.#commands.delete(oldest.value);
  }

  /** Shortens the file. If a full disk refuses that, the file is only longer than necessary. */
  #compact(): void {
    const lines: Line[] = [];
    for (const [id, state] of this.#commands) if (typeof state !== 'string') lines.push({ id, answer: state });
    // Commands without an answer come last, in the order of the runs that were newest when they were taken up.
    for (const [id, state] of this.#commands)
      if (typeof state === 'string') lines.push(...(state ? [{ run: state }] : []), { id });
    if (this.#lastRun) lines.push({ run: this.#lastRun });
    this.#lines = lines.length;
    try {
      writeFileAtomic(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    } catch {
      return;
    }
    this.#file?.close();
    this.#file = undefined;
  }
}

function parseLine(text: string): Line | undefined {
  const value = parseObject(text);
  // Whole lines are as this class wrote them.
  return typeof value?.['id'] === 'string' || typeof value?.['run'] === 'string' ? (value as Line) : undefined;
}

function openAnswers(path: string): LineFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return new LineFile(path);
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the first time
  }
}
