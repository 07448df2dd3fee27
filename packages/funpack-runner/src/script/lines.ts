import { StringDecoder } from 'node:string_decoder';

/** How much of a line is kept, characters. The rest is dropped. */
const maxLine = 16_384;

/** Cuts chunks of output into lines, in bounded memory. Bytes that are not UTF-8 become U+FFFD. */
export class LineCutter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Buffer): void {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, maxLine);
    for (const line of lines) this.#onLine(line.replace(/\r$/, '').slice(0, maxLine));
  }

  /** Hands out the last line, if no line break ended it. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#onLine(rest);
  }
}
