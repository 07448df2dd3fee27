import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { boxPaths, serverPaths } from '@pinky/protocol';
import { consolePieces, type ConsoleBox, type Piece } from '@pinky/protocol/console';
import type { ConsolePosition } from './tail.js';

/** The bytes from `offset` on came at `at` (Unix milliseconds) or later. */
interface Mark {
  readonly offset: number;
  readonly at: number;
}

/** Marks are so far apart while a game writes, milliseconds: the bytes behind a mark came within this time. */
const markMs = 5_000;

/**
 * Where the output of a server since a moment begins. Marks that its worker wrote say it to within five seconds. For
 * output of an older version, runs and the ages of files say it.
 */
export function positionSince(box: ConsoleBox, serverId: string, since: number): ConsolePosition | undefined {
  for (const piece of consolePieces(box, serverId)) {
    const offset = offsetSince(piece, marksOf(box, serverId, piece.run), since);
    if (offset !== undefined) return { run: piece.run, offset };
  }
  return undefined;
}

/** The offset in a piece from which on its output is new enough; undefined if none of it is. */
function offsetSince({ run, file, start, end }: Piece, marks: readonly Mark[], since: number): number | undefined {
  if (Number(run.slice(0, 13)) >= since) return start; // a run id begins with the time of its beginning
  const last = marks.findLast(({ offset }) => offset < end);
  if (!last) return (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= since ? start : undefined;
  const found = marks.find(({ at }) => at + markMs >= since);
  return found && found.offset < end ? Math.max(start, found.offset) : undefined;
}

/** Those of the run's own folder, or where a stop has put them. */
function marksOf({ home, servers }: ConsoleBox, serverId: string, run: string): Mark[] {
  const paths = [
    serverPaths(servers, serverId).run(run).times,
    join(boxPaths(home).history(serverId), 'console', `${run}.times`),
  ];
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8').split('\n').flatMap((line) => {
        const [offset, at] = line.split(' ').map(Number);
        return offset !== undefined && at !== undefined && at > 0 ? [{ offset, at }] : [];
      });
    } catch {
      continue; // it is not there
    }
  }
  return [];
}
