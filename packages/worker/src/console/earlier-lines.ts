import { historyBefore } from './archive.js';
import { LineSplitter } from './line-splitter.js';
import { readRange } from './read-range.js';

/** How far back is looked, bytes. */
const lookBytes = 16 * 1024;

export interface ConsolePlace {
  readonly console: string;
  readonly logDir: string;
  readonly run: string;
  /** The start of a line. */
  readonly offset: number;
}

/** The last lines before a place in a run's console, oldest first. The worker before has read them. */
export function earlierLines({ console, logDir, run, offset }: ConsolePlace): string[] {
  const start = Math.max(0, offset - lookBytes);
  const bytes = textBefore(() => readRange(console, start, offset))
    // what was given back to the file system reads as zeroes; then the history has it
    ?? textBefore(() => historyBefore(logDir, run, offset, lookBytes));
  if (!bytes) return [];
  const lines: string[] = [];
  new LineSplitter(0).push(bytes, ({ text }) => lines.push(text));
  return bytes.length < offset ? lines.slice(1) : lines; // the first one may be the rest of a line
}

function textBefore(read: () => Buffer | undefined): Buffer | undefined {
  try {
    const bytes = read();
    return bytes?.includes(0) === true ? undefined : bytes;
  } catch {
    return undefined; // gone; nothing but a report would have needed it
  }
}
