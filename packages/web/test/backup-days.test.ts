import type { Backup } from '../src/api/types.js';
import { daysOf, pinAgain, shareOf, signOf } from '../src/backups/days.js';

const backup = (madeAt: Date, more: Partial<Backup> = {}): Backup => ({
  name: 'b',
  seconds: Math.round(madeAt.getTime() / 1_000),
  madeAt: madeAt.toISOString(),
  size: 1_000,
  kind: 'full',
  isClean: true,
  copies: 0,
  ...more,
});

it('puts backups under their days, the newest first', () => {
  const now = new Date(2026, 10, 30, 12);
  const times = [[30, 11], [30, 1], [29, 23], [27, 5]].map(([day, hour]) => new Date(2026, 10, day, hour));
  const days = daysOf(times.map((at) => backup(at)), now.getTime());
  expect(days.map(({ backups }) => backups.length)).toEqual([2, 1, 1]);
  expect(days.map(({ title }) => title)).toEqual(['Today', 'Yesterday', expect.stringContaining('27')]);
});

it('shows the size of one beside the largest, and its sign', () => {
  const all = [4_000, 1_000, 1].map((size) => backup(new Date(), { size }));
  expect(all.map((each) => shareOf(each, all))).toEqual([100, 25, 2]);
  const others = [{ kind: 'incremental' }, { isClean: false }, { pinnedUntil: 'ever' }, { problem: 'torn' }] as const;
  expect([{}, ...others].map((more) => signOf(backup(new Date(), more)))).toEqual([
    'full', 'incremental', 'unclean', 'pinned', 'bad',
  ]);
});

it('is pinned again for the days that were left, and for the same reason', () => {
  const now = new Date(2026, 10, 30, 12);
  const pinned = (pinnedUntil: string, because?: string) =>
    pinAgain(backup(now, { pinnedUntil, ...(because !== undefined && { because }) }), now.getTime());
  const later = new Date(now.getTime() + 29.5 * 86_400_000).toISOString();
  expect(pinned(later, 'before a restore')).toEqual({ days: 30, because: 'before a restore' });
  expect(pinned('ever')).toEqual({});
});
