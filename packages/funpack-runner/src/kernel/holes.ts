import { errnoOf } from '@pinky/protocol';
import { lastError, libc } from './libc.js';

const seekData = 3;
const seekHole = 4;

/** A part of a file that holds data. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** At most so many ranges are reported: a map of them is some 2 MB. Beyond that small holes count as data. */
const mostRanges = 65_536;

/**
 * The parts of an open file of that size that hold data. Between them are holes, which read as zeros and take no space.
 * A file system that does not know holes says that all of it is data.
 */
export function dataRanges(fd: number, size: number): readonly Range[] {
  let ranges: Range[] = [];
  for (let at = 0, leastHole = 0; at < size;) {
    const offset = seek(fd, at, seekData, size);
    if (offset >= size) break;
    const end = Math.min(size, seek(fd, offset, seekHole, size));
    ranges.push({ offset, length: end - offset });
    at = Math.max(end, offset + 1);
    if (ranges.length > mostRanges) {
      leastHole = Math.max(4_096, leastHole * 4);
      ranges = withoutSmallHoles(ranges, leastHole);
    }
  }
  return ranges;
}

function seek(fd: number, at: number, whence: number, size: number): number {
  const found = libc().lseek(fd, at, whence);
  if (found !== -1 && found !== -1n) return Number(found);
  const failure = lastError('lseek');
  if (errnoOf(failure) === 'ENXIO') return size; // no data behind `at`, or the file became shorter
  if (errnoOf(failure) === 'EINVAL') return whence === seekData ? at : size;
  throw failure;
}

function withoutSmallHoles(ranges: readonly Range[], leastHole: number): Range[] {
  const joined: Range[] = [];
  for (const range of ranges) {
    const last = joined.at(-1);
    if (last && range.offset - (last.offset + last.length) < leastHole) {
      joined[joined.length - 1] = { offset: last.offset, length: range.offset + range.length - last.offset };
    } else {
      joined.push(range);
    }
  }
  return joined;
}
