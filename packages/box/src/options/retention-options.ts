import type { Option } from './option.js';

/** How long backups are kept. */
export const retentionOptions = [
  {
    path: 'retention.all_for',
    kind: 'duration',
    default: '6h',
    min: '0',
    isReloaded: true,
    means: 'How long every backup of a server is kept, where `backup.keep` is not set.',
  },
  {
    path: 'retention.newest',
    kind: 'integer',
    default: '10',
    min: '1',
    isReloaded: true,
    means: 'How many of the newest backups are kept, however old they are.',
  },
  {
    path: 'retention.hourly_for',
    kind: 'duration',
    default: '1d',
    min: '0',
    isReloaded: true,
    means: 'How long one backup of each hour is kept.',
  },
  {
    path: 'retention.daily_for',
    kind: 'duration',
    default: '7d',
    min: '0',
    isReloaded: true,
    means: 'How long one backup of each day is kept.',
  },
  {
    path: 'retention.weekly_for',
    kind: 'duration',
    default: '30d',
    min: '0',
    isReloaded: true,
    means: 'How long one backup of each week is kept.',
  },
  {
    path: 'retention.monthly_for',
    kind: 'duration',
    default: '90d',
    min: '0',
    isReloaded: true,
    means: 'How long one backup of each 30 days is kept.',
  },
  {
    path: 'retention.max_size',
    kind: 'size',
    min: '1 MiB',
    isReloaded: true,
    means: 'How much the backups of one server may take. The oldest are removed, but none of the `retention.newest`.',
  },
] as const satisfies readonly Option[];
