import { serverPaths, type Clock } from '@pinky/protocol';
import {
  Change,
  consolePieces,
  newestRun,
  readPiece,
  sizeOf,
  type ConsoleBox,
  type Piece,
} from '@pinky/protocol/console';
import type { ConsolePosition } from './tail.js';

const chunkBytes = 256 * 1024;
/** A watch wakes once per write. During this rest the lines of a talkative game gather. */
const restMs = 50;
/** Looks this often even without a watch: a folder may be made later, and some file systems have no watches. */
const lookAgainMs = 1000;

export interface FollowOptions {
  readonly box: ConsoleBox;
  readonly serverId: string;
  readonly from: ConsolePosition;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly write: (bytes: Buffer) => void;
}

/**
 * Hands on new output of a server's console, across restarts of the game, until `signal` aborts: at least what is
 * there. Answers how far it came.
 */
export async function followConsole(options: FollowOptions): Promise<ConsolePosition> {
  const { box, serverId, clock, signal } = options;
  const change = new Change();
  let position = options.from;
  try {
    while (!signal.aborted) {
      change.arm(watched(box, serverId));
      position = await catchUp(options, position);
      await Promise.race([change.happened(), clock.rest(lookAgainMs, signal)]);
      if (!signal.aborted) await clock.rest(restMs, signal);
    }
    return await catchUp(options, position);
  } finally {
    change.close();
  }
}

/** Writes everything after `position`, run by run, and returns the position behind it. */
async function catchUp({ box, serverId, write }: FollowOptions, from: ConsolePosition): Promise<ConsolePosition> {
  let position = from;
  for (;;) {
    const piece = pieceBehind(box, serverId, position);
    if (!piece) return position;
    const start = piece.run === position.run ? Math.max(position.offset, piece.start) : piece.start;
    const bytes = await readPiece(piece, start, Math.min(piece.end, start + chunkBytes));
    // The range may have moved to the history meanwhile. Then what was read may be a hole.
    const again = pieceBehind(box, serverId, position);
    if (again && (again.file !== piece.file || again.start > start)) continue;
    if (bytes.length > 0) write(bytes);
    position = { run: piece.run, offset: start + bytes.length };
    if (bytes.length === 0) return position;
  }
}

/** The oldest readable piece that goes beyond `position`. The rest of an older run comes before the newest run. */
function pieceBehind(box: ConsoleBox, serverId: string, position: ConsolePosition): Piece | undefined {
  const pieces = [...consolePieces(box, serverId), ...restOfRun(box, serverId, position.run)];
  return pieces
    .filter(
      (piece) =>
        piece.end > piece.start &&
        (position.run === undefined ||
          piece.run > position.run ||
          (piece.run === position.run && piece.end > position.offset)),
    )
    .sort((a, b) => (a.run === b.run ? a.start - b.start : a.run < b.run ? -1 : 1))[0];
}

/** The rest of the console of a run that is no longer the newest. */
function restOfRun(box: ConsoleBox, serverId: string, run: string | undefined): Piece[] {
  if (run === undefined || newestRun(box, serverId) === run) return [];
  const file = serverPaths(box.servers, serverId).run(run).console;
  const end = sizeOf(file);
  if (end === undefined) return [];
  const moved = consolePieces(box, serverId)
    .filter((piece) => piece.run === run)
    .reduce((last, piece) => Math.max(last, piece.end), 0);
  return [{
    run,
    file,
    start: Math.min(moved, end),
    end,
    fileStart: Math.min(moved, end),
  }];
}

/** Files and folders that change when the console grows or a new run begins. */
function watched(box: ConsoleBox, serverId: string): string[] {
  const paths = serverPaths(box.servers, serverId);
  const run = newestRun(box, serverId);
  return run === undefined
    ? [box.servers, paths.dir, paths.runs]
    : [paths.runs, paths.run(run).dir, paths.run(run).console];
}
