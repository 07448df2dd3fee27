import { readPiece } from './read-piece.js';
import { consolePieces, type Piece } from './pieces.js';

const chunkBytes = 64 * 1024;
const lineFeed = 0x0a;

/** How far somebody has read a server's console. */
export interface ConsolePosition {
  readonly run: string | undefined;
  readonly offset: number;
}

export interface Tail {
  /** In reading order. */
  readonly chunks: readonly Buffer[];
  /** Behind the last byte of `chunks`: where a follower goes on. */
  readonly position: ConsolePosition;
}

/**
 * The last `lines` lines of a server's console, read backwards in chunks, so that its whole size does not matter.
 * A worker may move a range from the live file to the history meanwhile; then what was read is read again.
 */
export async function readTail(servers: string, serverId: string, lines: number): Promise<Tail> {
  for (;;) {
    const pieces = consolePieces(servers, serverId);
    const last = pieces.at(-1);
    const chunks = await lastChunks(pieces, lines);
    if (!wasMoved(last, consolePieces(servers, serverId))) {
      return { chunks, position: { run: last?.run, offset: last?.end ?? 0 } };
    }
  }
}

/** Whether the live part that was read starts later now: its front may have been read as a hole. */
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

/** Where in a chunk the last `wanted` lines begin, and how many lines are still to be found before it. */
function startOfLines(chunk: Buffer, wanted: number, isLastByte: boolean): { at: number; missing: number } {
  let missing = wanted;
  // The line feed at the very end closes the last line, it does not begin another one.
  let before = chunk.length - 1 - (isLastByte && chunk.at(-1) === lineFeed ? 1 : 0);
  while (before >= 0) {
    const found = chunk.lastIndexOf(lineFeed, before);
    if (found < 0) break;
    if (--missing === 0) return { at: found + 1, missing: 0 };
    before = found - 1;
  }
  return { at: 0, missing };
}
