import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boxPaths, namesIn, parseObject, serverPaths } from '@pinky/protocol';
import type { ConsoleBox } from '@pinky/protocol/console';

/** One thing that a worker noted of a run. */
export interface Noted extends Readonly<Record<string, unknown>> {
  readonly type: string;
  /** ISO 8601. */
  readonly ts: string;
  /** How far the console had been read. */
  readonly at: number;
}

/** A note with its run and its place in the journal, which never change. */
export interface PlacedNote {
  readonly run: string;
  readonly start: number;
  readonly note: Noted;
}

const lineFeed = 0x0a;

/** The notes of a server's runs, oldest first: of the runs that are there, and of those that only the history has. */
export async function notesOf(box: ConsoleBox, serverId: string): Promise<PlacedNote[]> {
  const journals = [...journalsOf(box, serverId)].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const notes: PlacedNote[] = [];
  for (const [run, file] of journals) {
    const bytes = await readFile(file).catch(() => Buffer.alloc(0)); // moved to the history meanwhile, or removed
    notes.push(...notesIn(bytes).map((each) => ({ run, ...each })));
  }
  return notes;
}

/** The file of each run. A run is copied to the history before it is removed. */
function journalsOf({ home, servers }: ConsoleBox, serverId: string): Map<string, string> {
  const paths = serverPaths(servers, serverId);
  const history = join(boxPaths(home).history(serverId), 'journal');
  return new Map([
    ...namesIn(paths.runs).map((run) => [run, paths.run(run).journal] as const),
    ...namesIn(history).flatMap((name) => {
      const run = /^(.+)\.jsonl$/.exec(name)?.[1];
      return run === undefined ? [] : [[run, join(history, name)] as const];
    }),
  ]);
}

/** A last line without its end was cut short. */
function notesIn(bytes: Buffer): Omit<PlacedNote, 'run'>[] {
  const notes: Omit<PlacedNote, 'run'>[] = [];
  let start = 0;
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
    const note = parseObject(bytes.toString('utf8', start, end));
    if (note && isNote(note)) notes.push({ start, note });
    start = end + 1;
  }
  return notes;
}

const isNote = (note: object): note is Noted =>
  'type' in note && typeof note.type === 'string' && 'ts' in note && typeof note.ts === 'string' && 'at' in note &&
  typeof note.at === 'number';
