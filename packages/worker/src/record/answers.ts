import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CommandResult, ErrorAnswer } from '@pinky/protocol';
import { writeFileAtomic } from './atomic-file.js';

export type Answer = { readonly ok: true; readonly result: CommandResult } | { readonly ok: false; readonly error: ErrorAnswer };

/** One line of the file: a command that was taken up, an answer that was given, or a run id that was used. */
type Line = { readonly id: string; readonly answer?: Answer } | { readonly run: string };

/** How many commands are remembered per server; the file is made short again when it holds four times as many lines. */
const remembered = 500;

/**
 * The commands that a server has seen and what they were answered, in a file that outlives the server's folder: so a
 * command that is delivered twice is obeyed once, across any death. Also the newest run id, so that ids never go back.
 */
export class AnswerBook {
  readonly #answers = new Map<string, Answer | undefined>();
  #lastRun = '';
  #lines = 0;

  constructor(private readonly path: string) {
    if (existsSync(path)) this.#load();
    else mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  }

  get lastRun(): string {
    return this.#lastRun;
  }

  /** `new`: never seen; `unanswered`: taken up by a worker that died over it; or the recorded answer. */
  lookUp(id: string): Answer | 'new' | 'unanswered' {
    if (!this.#answers.has(id)) return 'new';
    return this.#answers.get(id) ?? 'unanswered';
  }

  /** Written before the command is obeyed. */
  accept(id: string): void {
    this.#append({ id });
  }

  answer(id: string, answer: Answer): void {
    this.#append({ id, answer });
  }

  useRun(run: string): void {
    this.#append({ run });
  }

  #append(line: Line): void {
    appendFileSync(this.path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    this.#take(line);
    if (++this.#lines > remembered * 4) this.#compact();
  }

  #take(line: Line): void {
    if ('run' in line) {
      if (line.run > this.#lastRun) this.#lastRun = line.run;
      return;
    }
    this.#answers.delete(line.id); // to the end of the order of insertion: the oldest are forgotten first
    this.#answers.set(line.id, line.answer);
    if (this.#answers.size > remembered) {
      for (const oldest of this.#answers.keys()) {
        this.#answers.delete(oldest);
        break;
      }
    }
  }

  #load(): void {
    for (const text of readFileSync(this.path, 'utf8').split('\n')) {
      const line = parseLine(text);
      if (!line) continue;
      this.#take(line);
      this.#lines++;
    }
    appendFileSync(this.path, '\n'); // ends a line that a full disk or a death cut short
  }

  #compact(): void {
    const lines: Line[] = [...this.#answers].map(([id, answer]) => (answer ? { id, answer } : { id }));
    if (this.#lastRun) lines.push({ run: this.#lastRun });
    writeFileAtomic(this.path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    this.#lines = lines.length;
  }
}

function parseLine(text: string): Line | undefined {
  if (!text) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    // Lines are written by this class alone; one that is not whole JSON was cut short and counts as not written.
    return typeof value === 'object' && value !== null ? (value as Line) : undefined;
  } catch {
    return undefined;
  }
}
