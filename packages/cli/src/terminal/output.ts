import { styleText } from 'node:util';
import { asCalled } from './as-called.js';
import { cleanText } from './clean.js';

/** Where a command writes: the process's own streams, or a test's. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & {
    readonly isTTY?: boolean;
    readonly columns?: number;
    readonly rows?: number;
  };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

export type Tone = 'good' | 'bad' | 'busy' | 'quiet' | 'strong';
const formats = { good: 'green', bad: 'red', busy: 'yellow', quiet: 'gray', strong: 'bold' } as const;

/** What a command prints: lines for people, or with `--json` one JSON document per answer. */
export class Output {
  constructor(readonly streams: Streams, readonly isJson: boolean, private readonly env: NodeJS.ProcessEnv) {}

  get isTerminal(): boolean {
    return this.streams.stdout.isTTY === true;
  }

  /** Progress bars and the like go to stderr, so that stdout can be piped. */
  get showsProgress(): boolean {
    return !this.isJson && this.streams.stderr.isTTY === true;
  }

  /** For people only. */
  line(text = ''): void {
    if (!this.isJson) this.streams.stdout.write(`${text}\n`);
  }

  /** The answer: `data` as JSON for programs, or `lines` for people. */
  answer(data: unknown, lines: () => readonly string[]): void {
    if (this.isJson) this.streams.stdout.write(`${JSON.stringify(data)}\n`);
    else for (const text of lines()) this.line(text);
  }

  /** A remark beside the answer. */
  note(text: string): void {
    if (!this.isJson) this.streams.stderr.write(`${this.advice(text)}\n`);
  }

  /** A sentence that names commands of ours, as they can be typed here. */
  advice(text: string): string {
    return asCalled(text, this.env);
  }

  /** Colour on a terminal, unless NO_COLOR (no-color.org) forbids it. */
  paint(tone: Tone, text: string): string {
    const isColoured = this.isTerminal && !this.isJson && !this.env['NO_COLOR'];
    return isColoured ? styleText(formats[tone], text, { validateStream: false }) : text;
  }

  /** Text that a game or a player wrote: on a terminal it may not drive it. */
  foreign(text: string): string {
    return this.isTerminal ? cleanText(text) : text;
  }
}
