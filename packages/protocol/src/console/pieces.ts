import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BoxConfig } from '../box/box-config.js';
import { boxPaths, serverPaths } from '../box/box-paths.js';
import { namesIn } from '../box/names-in.js';

/** Where the consoles of a box are. */
export type ConsoleBox = Pick<BoxConfig, 'servers' | 'home'>;

/** A range of one run's console that can still be read, from a history segment or from the live file. */
export interface Piece {
  readonly run: string;
  readonly file: string;
  /** Console offsets of the first byte, and after the last one. */
  readonly start: number;
  readonly end: number;
  /** Offset of `start` in the file. */
  readonly fileStart: number;
}

/** `<run id>.<offset in the console, 12 digits>.log`: a copy of a range of the console. The names sort by time. */
const segmentName = /^(.+)\.(\d{12})\.log$/;

/** The readable pieces of a server's console, oldest first: the history, then the live part of the newest run. */
export function consolePieces(box: ConsoleBox, serverId: string): Piece[] {
  const segments = historyDirs(box, serverId)
    .flatMap((dir) => namesIn(dir).map((name) => ({ dir, name })))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(({ dir, name }) => segmentAt(join(dir, name), segmentName.exec(name)));
  const run = newestRun(box, serverId);
  return run === undefined ? segments : [...segments, ...livePiece(box, serverId, run, segments)];
}

/** The segments of earlier lives, which outlived the server's folder, and those of this one. */
const historyDirs = ({ home, servers }: ConsoleBox, serverId: string): string[] =>
  [join(boxPaths(home).history(serverId), 'console'), serverPaths(servers, serverId).log];

/** The current run, or the last one. Run ids sort by age. */
export const newestRun = (box: ConsoleBox, serverId: string): string | undefined =>
  namesIn(serverPaths(box.servers, serverId).runs).sort().at(-1);

function segmentAt(file: string, name: RegExpExecArray | null): Piece[] {
  const size = sizeOf(file);
  if (!name || size === undefined) return [];
  const start = Number(name[2]);
  return [{ run: name[1] ?? '', file, start, end: start + size, fileStart: 0 }];
}

/** The console file after the end of the run's last segment. Before that the file has a hole. */
function livePiece(box: ConsoleBox, serverId: string, run: string, segments: readonly Piece[]): Piece[] {
  const file = serverPaths(box.servers, serverId).run(run).console;
  const end = sizeOf(file);
  if (end === undefined) return [];
  const start = segments
    .filter((segment) => segment.run === run)
    .reduce((last, segment) => Math.max(last, segment.end), 0);
  return [{
    run,
    file,
    start: Math.min(start, end),
    end,
    fileStart: Math.min(start, end),
  }];
}

/** Size of a regular file in bytes. Undefined if there is none. */
export function sizeOf(file: string): number | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
}

/** Whether a server has a console to read. */
export function hasConsole(box: ConsoleBox, serverId: string): boolean {
  const paths = serverPaths(box.servers, serverId);
  return [...historyDirs(box, serverId), paths.runs].some((dir) => {
    try {
      return readdirSync(dir).length > 0;
    } catch {
      return false; // it does not exist
    }
  });
}
