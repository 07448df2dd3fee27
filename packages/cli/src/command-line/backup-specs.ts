import type { CommandSpec, FlagSpec } from './specs.js';

const one = () => import('../commands/backups/one-backup.js');
const at: FlagSpec = {
  flag: '--at <time>',
  means: 'the newest world from before this time, by the clock of the box: 18:00, "yesterday 18:00", "2 hours ago", ' +
    '"2026-11-28 18:00"',
};
const naming = 'A backup is named by its number (the first column of `pinky backups <id>`), by the name of its ' +
  'archive, by the beginning of one of them, or by `latest` or `newest-clean`. Without a name it is the newest one.';

/** Commands about backups. */
export const backupSpecs: readonly CommandSpec[] = [
  {
    name: 'backups',
    args: '[id]',
    means: 'list the backups of a server, or of every server that has some: when, size, kind, clean, pinned, verified',
    more: 'Servers that are gone are listed for as long as they have backups.',
    examples: ['pinky backups 1234', 'pinky backups --json'],
    load: async () => (await import('../commands/backups/list.js')).backups,
  },
  {
    name: 'backups rm',
    args: '<id> [which]',
    means: 'remove one backup',
    more: 'It refuses a pinned one, one that an incremental backup needs, and the newest.',
    flags: [at, { flag: '--discard', means: 'remove it even if it is the newest' }],
    examples: ['pinky backups rm 1234 1764000000'],
    load: async () => (await one()).removeBackup,
  },
  {
    name: 'backups get',
    args: '<id> <which> <file>',
    means: 'write the whole world of a backup to a new file, as one .tar.lzo',
    more: 'An incremental backup is put together with its full one. The file is made on the machine of the box.',
    examples: ['pinky backups get 1234 latest world.tar.lzo'],
    load: async () => (await one()).getBackup,
  },
  {
    name: 'backups key',
    args: '<action> [file]',
    means: 'make, export or import a key that encrypts backups',
    more: 'The action is `new`, `export` or `import`. Without a file, `export` prints the key, and `import` reads it ' +
      'from the input. Old keys stay, because old backups need them.',
    examples: ['pinky backups key new', 'pinky backups key export key.txt', 'pinky backups key import key.txt'],
    load: async () => (await import('../commands/box/backup-keys.js')).backupKeys,
  },
  {
    name: 'restore',
    args: '<id> [which]',
    means: 'go back to an older world',
    more: `${naming} A server that is up is stopped and started again; one that is down stays down, and its next ` +
      'start takes this world. The world before is backed up, and that backup is pinned for 30 days.',
    flags: [at],
    examples: [
      'pinky restore 1234 newest-clean',
      'pinky restore 1234 --at "yesterday 18:00"',
      'pinky restore 1234 1764000000',
    ],
    load: async () => (await import('../commands/backups/restore.js')).restore,
  },
  {
    name: 'pin',
    args: '<id> [which]',
    means: 'keep a backup, however old it becomes',
    more: naming,
    flags: [
      at,
      { flag: '--days <n>', means: 'for so many days; default: until it is unpinned' },
      { flag: '--because <text>', means: 'a note for people' },
    ],
    examples: ['pinky pin 1234', 'pinky pin 1234 1764000000 --days 30 --because "before the update"'],
    load: async () => (await one()).pin,
  },
  {
    name: 'unpin',
    args: '<id> [which]',
    means: 'let the rules of retention decide about a backup again',
    more: naming,
    flags: [at],
    examples: ['pinky unpin 1234 1764000000'],
    load: async () => (await one()).unpin,
  },
  {
    name: 'verify',
    args: '<id> [which]',
    means: 'read a backup back, and compare every file with its checksum',
    more: naming,
    flags: [at],
    examples: ['pinky verify 1234', 'pinky verify 1234 --at "2 days ago"'],
    load: async () => (await one()).verify,
  },
];
