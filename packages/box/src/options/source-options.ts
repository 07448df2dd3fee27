import type { Option } from './option.js';

/** Funpacks and worlds: what an archive may hold, where it may come from, how long it is kept. */
export const sourceOptions = [
  {
    path: 'archives.max_size',
    kind: 'size',
    default: '16 GiB',
    min: '1 KiB',
    isReloaded: true,
    means: 'Largest that a funpack or world may be after unpacking.',
  },
  {
    path: 'archives.max_entries',
    kind: 'integer',
    default: '1000000',
    min: '1',
    isReloaded: true,
    means: 'Most files and folders in an archive.',
  },
  {
    path: 'archives.max_ratio',
    kind: 'integer',
    default: '100',
    min: '2',
    isReloaded: true,
    means:
      'How many times larger than the archive its content may be, above 32 MiB. Each file counts 16 KiB more. The ' +
      'limits of `archives` do not hold for backups of this box.',
  },
  {
    path: 'cache.unused_for',
    kind: 'duration',
    default: '30d',
    min: '1h',
    isReloaded: true,
    means:
      'How long an unpacked funpack, or what its bin/bootstrap fetched, stays in the cache while no server uses' +
        ' it.',
  },
  {
    path: 'cache.unused_size',
    kind: 'size',
    default: '10 GiB',
    min: '1 MiB',
    isReloaded: true,
    means:
      'How much disk space unused entries may take. The least recently used are removed first; entries used ' +
        'within the last hour stay.',
  },
  {
    path: 'allowed_hosts',
    kind: 'hosts',
    default: '',
    isReloaded: true,
    means: 'Hosts from which funpacks and worlds may be fetched. Empty means any host.',
  },
  {
    path: 'groups',
    kind: 'groups',
    isReloaded: true,
    means:
      'Names for sets of boxes on the same Redis, as in `groups: {eu: [box-1, box-2]}`. A pack can be ' +
      '[distributed](distributions.md) to a group.',
  },
] as const satisfies readonly Option[];
