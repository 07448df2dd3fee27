import { styleText } from 'node:util';
import { asCalled } from './as-called.js';
import { cleanText } from './clean.js';

/** The streams of a command: those of the process, or of a test. */
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
const formats = {
  good: 'green',
  bad: 'red',
  busy: 'yellow',
  quiet: 'gray',
  strong: 'bold',
} as const;

/** Prints the output of a command: lines for people, or with `--json` one JSON document per answer. */
export class Output {
  constructor(readonly streams: Streams, readonly isJson: boolean, private readonly env: NodeJS.ProcessEnv) {}

  get isTerminal(): boolean {
    return this.streams.stdout.isTTY === true;
  }

  /** Whether progress is shown. It goes to stderr, so that stdout can be piped. */
  get showsProgress(): boolean {
    return !this.isJson && this.streams.stderr.isTTY === true;
  }

  /** Prints a line for people only. */
  line(text = ''): void {
    if (!this.isJson) this.streams.stdout.write(`${text}\n`);
  }

  /** Prints the answer: `data` as JSON for programs, or `lines` for people. */
  answer(data: unknown, lines: () => readonly string[]): void {
    if (this.isJson) this.streams.stdout.write(`${JSON.stringify(data)}\n`);
    else for (const text of lines()) this.line(text);
  }

  /** Prints a remark beside the answer. */
  note(text: string): void {
    if (!this.isJson) this.streams.stderr.write(`${this.advice(text)}\n`);
  }

  /** A sentence with commands of ours, so that they can be typed here. */
  advice(text: string): string {
    return asCalled(text, this.env);
  }

  /** Adds colour on a terminal, unless NO_COLOR (no-color.org) is set. */
  paint(tone: Tone, text: string): string {
    const isColoured = this.isTerminal && !this.isJson && !this.env['NO_COLOR'];
    return isColoured ? styleText(formats[tone], text, { validateStream: false }) : text;
  }

  /** Text of a game or a player. It must not control the terminal. */
  foreign(text: string): string {
    return this.isTerminal ? cleanText(text) : text;
  }
}
