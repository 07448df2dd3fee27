import type { BackupGaps, NamedPaths } from './commands.js';

const shownNames = 3;

/** The things that a backup lacks, in a sentence's words for each kind. Empty where it lacks nothing. */
export function gapsInWords({ changed, vanished, left_out: leftOut }: BackupGaps): string[] {
  return [
    ...words(changed, 'changed while it was read, twice', 'changed while they were read, twice'),
    ...words(vanished, 'vanished before it was read', 'vanished before they were read'),
    ...words(leftOut, 'is left out', 'are left out'),
  ];
}

function words(paths: NamedPaths | undefined, one: string, many: string): string[] {
  if (!paths) return [];
  const names = paths.names.slice(0, shownNames).map((name) => JSON.stringify(name)).join(', ');
  const more = paths.count > shownNames ? ', …' : '';
  const because = Object.entries(paths.because ?? {}).map(([reason, count]) => `${reason}: ${count}`).join('; ');
  return [`${paths.count} ${paths.count === 1 ? one : many} (${names}${more}${because === '' ? '' : `; ${because}`})`];
}
