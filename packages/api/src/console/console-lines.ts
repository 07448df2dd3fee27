import { serverPaths, type Mask } from '@pinky/protocol';
import { consolePieces, newestRun, readPiece, sizeOf, type ConsoleBox, type Piece } from '@pinky/protocol/console';

/** A place in the console of a server: how far it was read. An empty run is before everything. */
export interface ConsolePlace {
  readonly run: string;
  readonly offset: number;
}

/** One line: its run, the offsets of its first byte and behind its end, and its text as the game wrote it. */
export interface ConsoleLine extends ConsolePlace {
  readonly end: number;
  readonly text: string;
}

/** The lines behind a place, or what stands in their way. */
export type ConsoleRead =
  | { readonly type: 'lines'; readonly lines: readonly ConsoleLine[]; readonly place: ConsolePlace }
  /** A run begins. */
  | { readonly type: 'run'; readonly place: ConsolePlace }
  /** A part of a run that the history does not hold any more. */
  | { readonly type: 'skipped'; readonly from: number; readonly place: ConsolePlace }
  /** There is nothing more yet. */
  | { readonly type: 'end' };

const chunkBytes = 256 * 1024;
/** A line that is longer comes in parts. */
const longestLine = 64 * 1024;
const lineFeed = 0x0a;

export const placeText = ({ run, offset }: ConsolePlace): string => `${run}:${offset}`;

/** The place in a text such as `1796017064636-bba5:1024`. Undefined if it is none. */
export function placeOf(text: string): ConsolePlace | undefined {
  const [, run, offset] = /^([0-9a-f-]{1,40}):(\d{1,15})$/.exec(text) ?? [];
  return run === undefined ? undefined : { run, offset: Number(offset) };
}

/** Reads on from a place. A range that moved to the history meanwhile may be a hole, and is read again. */
export async function readBehind(box: ConsoleBox, serverId: string, place: ConsolePlace): Promise<ConsoleRead> {
  for (;;) {
    const piece = pieceBehind(box, serverId, place);
    if (!piece) return { type: 'end' };
    if (piece.run !== place.run) return { type: 'run', place: { run: piece.run, offset: 0 } };
    if (piece.start > place.offset) {
      return { type: 'skipped', from: place.offset, place: { run: piece.run, offset: piece.start } };
    }
    const bytes = await readPiece(piece, place.offset, Math.min(piece.end, place.offset + chunkBytes));
    const again = pieceBehind(box, serverId, place);
    if (again && (again.file !== piece.file || again.start > place.offset)) continue;
    const isLast = place.offset + bytes.length >= piece.end && isOver(box, serverId, piece);
    return linesOf(bytes, place, isLast);
  }
}

function linesOf(bytes: Buffer, { run, offset }: ConsolePlace, isLast: boolean): ConsoleRead {
  const lines: ConsoleLine[] = [];
  let at = 0;
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, at)) {
    lines.push({ run, offset: offset + at, end: offset + end + 1, text: textOf(bytes.subarray(at, end)) });
    at = end + 1;
  }
  const rest = bytes.length - at;
  if (rest > 0 && (isLast || rest >= longestLine)) {
    const end = isLast ? bytes.length : at + longestLine;
    lines.push({ run, offset: offset + at, end: offset + end, text: textOf(bytes.subarray(at, end)) });
    at = end;
  }
  if (lines.length === 0) return { type: 'end' };
  return { type: 'lines', lines, place: { run, offset: offset + at } };
}

/** The lines as people may see them: without secrets. */
export const shownLines = (lines: readonly ConsoleLine[], mask: Mask): readonly ConsoleLine[] =>
  (mask.isEmpty ? lines : lines.map((line) => ({ ...line, text: mask.text(line.text) })));

const textOf = (bytes: Buffer): string => bytes.toString('utf8').replace(/\r$/, '');

/** The place from which the last `count` lines come. */
export async function placeOfTail(box: ConsoleBox, serverId: string, count: number): Promise<ConsolePlace> {
  const pieces = consolePieces(box, serverId);
  const last = pieces.at(-1);
  let place: ConsolePlace = { run: last?.run ?? '', offset: last?.end ?? 0 };
  let wanted = count;
  for (const piece of pieces.toReversed()) {
    for (let to = piece.end; to > piece.start && wanted > 0;) {
      const from = Math.max(piece.start, to - longestLine);
      const bytes = await readPiece(piece, from, to);
      // The line feed at the very end of the piece closes its last line.
      let before = bytes.length - 1 - (to === piece.end && bytes.at(-1) === lineFeed ? 1 : 0);
      while (wanted > 0 && before >= 0) {
        const found = bytes.lastIndexOf(lineFeed, before);
        if (found < 0) break;
        wanted -= 1;
        place = { run: piece.run, offset: from + found + 1 };
        before = found - 1;
      }
      to = from;
    }
    if (wanted === 0) break;
    place = { run: piece.run, offset: piece.start };
    wanted -= 1;
  }
  return place;
}

/** The oldest piece that goes beyond a place: the rest of an older run comes before the newest one. */
function pieceBehind(box: ConsoleBox, serverId: string, { run, offset }: ConsolePlace): Piece | undefined {
  return [...consolePieces(box, serverId), ...restOfRun(box, serverId, run)]
    .filter((piece) => piece.end > piece.start && (piece.run > run || (piece.run === run && piece.end > offset)))
    .toSorted((a, b) => (a.run === b.run ? a.start - b.start : a.run < b.run ? -1 : 1))[0];
}

/** Whether anything of a run is still there. The empty run, which is before everything, always is. */
export const holdsRun = (box: ConsoleBox, serverId: string, run: string): boolean =>
  run === '' ||
  newestRun(box, serverId) === run ||
  [...consolePieces(box, serverId), ...restOfRun(box, serverId, run)].some((piece) => piece.run === run);

/** The part of an older run that has not moved to the history. */
function restOfRun(box: ConsoleBox, serverId: string, run: string): Piece[] {
  if (run === '' || newestRun(box, serverId) === run) return [];
  const file = serverPaths(box.servers, serverId).run(run).console;
  const end = sizeOf(file);
  if (end === undefined) return [];
  const moved = consolePieces(box, serverId).filter((piece) => piece.run === run).map((piece) => piece.end);
  const start = Math.min(Math.max(0, ...moved), end);
  return [{ run, file, start, end, fileStart: start }];
}

/** Whether no more is written behind this piece: its run is over. */
function isOver(box: ConsoleBox, serverId: string, piece: Piece): boolean {
  const newest = newestRun(box, serverId);
  if (newest !== piece.run) return true;
  return sizeOf(serverPaths(box.servers, serverId).run(newest).exit) !== undefined;
}
