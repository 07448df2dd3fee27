import { open } from 'node:fs/promises';
import { errnoOf } from '../errors.js';
import type { Piece } from './pieces.js';

/** Reads bytes `from` to `to` (console offsets) of a piece: fewer if the file is shorter, none if it is gone. */
export async function readPiece(piece: Piece, from: number, to: number): Promise<Buffer> {
  try {
    const file = await open(piece.file, 'r');
    try {
      const buffer = Buffer.alloc(Math.max(0, to - from));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, piece.fileStart + from - piece.start);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
