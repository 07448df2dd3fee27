import { consolePieces, readPiece, type ConsoleBox, type Piece } from '@pinky/protocol/console';

const chunkBytes = 64 * 1024;
const lineFeed = 0x0a;

/** How far a server's console has been read. */
export interface ConsolePosition {
  readonly run: string | undefined;
  readonly offset: number;
}

export interface Tail {
  /** In reading order. */
  readonly chunks: readonly Buffer[];
  /** After the last byte of `chunks`. A follower goes on here. */
  readonly position: ConsolePosition;
}

/**
 * The last `lines` lines of a server's console. It is read backwards in chunks, so its size does not matter. If a
 * worker moves a range from the live file to the history meanwhile, it is read again.
 */
export async function readTail(box: ConsoleBox, serverId: string, lines: number): Promise<Tail> {
  for (;;) {
    const pieces = consolePieces(box, serverId);
    const last = pieces.at(-1);
    const chunks = await lastChunks(pieces, lines);
    if (!wasMoved(last, consolePieces(box, serverId))) {
      return { chunks, position: { run: last?.run, offset: last?.end ?? 0 } };
    }
  }
}

/** Whether the live part starts later now. Then its beginning may have been read as a hole. */
function wasMoved(read: Piece | undefined, now: readonly Piece[]): boolean {
  const same = now.at(-1);
  return read !== undefined && same?.file === read.file && same.start > read.start;
}

async function lastChunks(pieces: readonly Piece[], lines: number): Promise<Buffer[]> {
  const chunks: Buffer[] = [];
  let wanted = lines;
  let isLastByte = true;
  for (const piece of [...pieces].reverse()) {
    for (let to = piece.end; to > piece.start && wanted > 0;) {
      const from = Math.max(piece.start, to - chunkBytes);
      const chunk = await readPiece(piece, from, to);
      const cut = startOfLines(chunk, wanted, isLastByte);
      if (chunk.length > 0) isLastByte = false;
      chunks.unshift(chunk.subarray(cut.at));
      wanted = cut.missing;
      to = from;
    }
    if (wanted <= 0) break;
  }
  return chunks;
}

/** Where the last `wanted` lines of a chunk begin, and how many of them are still missing. */
function startOfLines(chunk: Buffer, wanted: number, isLastByte: boolean): { at: number; missing: number } {
  let missing = wanted;
  // The line feed at the very end closes the last line. It does not begin another one.
  let before = chunk.length - 1 - (isLastByte && chunk.at(-1) === lineFeed ? 1 : 0);
  while (before >= 0) {
    const found = chunk.lastIndexOf(lineFeed, before);
    if (found < 0) break;
    if (--missing === 0) return { at: found + 1, missing: 0 };
    before = found - 1;
  }
  return { at: 0, missing };
}
