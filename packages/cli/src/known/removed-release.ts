import { PinkyError } from '@pinky/protocol';

/** The folder of the version that a box runs was removed, in words, and the way out. */
export const removedText = (folder: string): string =>
  `${folder}, with the programs of the version that runs, was removed: neither they nor games can be started`;

export const removedRemedy =
  '`pinky upgrade` of a version that is there takes over; games that run go on meanwhile';

export const removedNotes = (folder: string | undefined): string[] =>
  (folder === undefined ? [] : [`${removedText(folder)}; ${removedRemedy}`]);

/** The error of whoever needs one of these programs. */
export const versionRemoved = (folder: string): PinkyError =>
  new PinkyError('version_removed', removedText(folder), { remedy: removedRemedy });
