import { basename } from 'node:path';
import { array, assert, boolean, constantFrom, integer, option, property, record } from 'fast-check';
import { asOf, type KnownBackup } from '../../src/catalogue/list-backups.js';
import { expired, needs } from '../../src/retention/expired.js';
import { stepsOf, type RetentionRule } from '../../src/retention/retention-rule.js';
import { known } from '../support/known.js';

const hour = 3_600;
const day = 24 * hour;
const rule: RetentionRule = {
  allMs: 6 * hour * 1_000,
  newest: 10,
  hourlyMs: day * 1_000,
  dailyMs: 7 * day * 1_000,
  weeklyMs: 30 * day * 1_000,
  monthlyMs: 90 * day * 1_000,
};
/** A moment in the middle of an hour and a day. */
const now = (20_000 * day + 12.5 * hour) * 1_000;
const nowSeconds = now / 1_000;

const gone = (backups: readonly KnownBackup[], more: Partial<RetentionRule> = {}): number[] =>
  expired(backups, { rule: { ...rule, ...more } }, now).map(({ seconds }) => seconds);
const ago = (seconds: number, more: Partial<Parameters<typeof known>[0]> = {}): KnownBackup =>
  known({ seconds: nowSeconds - seconds, ...more });
const ofAges = (...ages: number[]): KnownBackup[] => ages.toSorted((a, b) => b - a).map((age) => ago(age));
/** Ten that are new, so that the rule of the newest holds no other. */
const ten = Array.from({ length: 10 }, (_, at) => ago(10 - at));

/** Backups of any kinds and ages, oldest world first. */
const anyBackups = array(record({
  age: integer({ min: 0, max: 120 * day }),
  unchangedFor: option(integer({ min: 1, max: 3 * day }), { nil: undefined }),
  isIncrement: boolean(),
  isUnclean: boolean(),
  hasProblem: constantFrom(false, false, false, true),
  pinnedFor: option(integer({ min: -5, max: 5 }), { nil: undefined }),
  size: integer({ min: 1, max: 100 }),
  isOld: constantFrom(false, false, false, true),
}), { maxLength: 60 }).map((given) => {
  const seconds = [...new Set(given.map(({ age }) => Math.floor(nowSeconds - age)))].toSorted((a, b) => a - b);
  return seconds.flatMap((second, at): KnownBackup[] => {
    const one = given[at];
    if (!one) return [];
    return [known({
      seconds: second,
      size: one.size,
      kind: one.isIncrement ? 'incremental' : 'full',
      ...(one.isIncrement && { base: `s1.${seconds[Math.floor(at / 2)]}.tar.lzo` }),
      ...(one.unchangedFor !== undefined && { unchangedAt: Math.min(now, (second + one.unchangedFor) * 1_000) }),
      ...(one.isUnclean && { isUnclean: true as const }),
      ...(one.hasProblem && { problem: 'bad_archive' }),
      ...(one.pinnedFor !== undefined && { pinnedUntil: now + one.pinnedFor }),
      isOld: one.isOld,
    })];
  });
});

describe('retention by time', () => {
  it('keeps everything of six hours, then one an hour, a day, a week, a month', () => {
    const all = ofAges(...Array.from({ length: 4 * 24 * 100 }, (_, at) => at * hour / 4));
    const going = new Set(gone(all));
    const left = all.filter(({ seconds }) => !going.has(seconds));
    const within = (from: number, to: number): number =>
      left.filter(({ seconds }) => nowSeconds - seconds >= from * hour && nowSeconds - seconds < to * hour).length;
    expect(within(0, 6.1)).toBe(25);
    expect(within(6.1, 24)).toBe(18);
    expect(within(24, 7 * 24)).toBe(6);
    expect(within(7 * 24, 30 * 24)).toBeGreaterThanOrEqual(3);
    expect(within(7 * 24, 30 * 24)).toBeLessThanOrEqual(5);
    expect(within(30 * 24, 1e9)).toBeGreaterThanOrEqual(2);
    expect(left.length).toBeLessThan(65);
  });

  it('keeps the ten newest, however old they are', () => {
    const old = ofAges(...Array.from({ length: 15 }, (_, at) => (200 + at) * day));
    expect(gone(old)).toEqual(old.slice(0, 5).map(({ seconds }) => seconds));
  });

  it('keeps a pinned one until its time', () => {
    const backups = [ago(200 * day, { pinnedUntil: 'ever' }), ago(199 * day, { pinnedUntil: now + 1 }),
      ago(198 * day, { pinnedUntil: now }), ...ten];
    expect(gone(backups)).toEqual([nowSeconds - 198 * day]);
  });

  it('keeps a base for as long as something that stays needs it', () => {
    const base = ago(200 * day);
    const needed = ago(9, { kind: 'incremental', base: basename(base.path) });
    expect(gone([base, ...ten, needed])).toEqual([]);
    expect(gone([base, ago(199 * day, { kind: 'incremental', base: basename(base.path) }), ...ten])).toHaveLength(2);
  });

  it('keeps all that an increment without a note may need', () => {
    expect(gone([ago(200 * day), ago(199 * day), ...ten, ago(1, { kind: 'incremental', isOld: true })])).toEqual([]);
  });

  it('keeps the one that held the world of several days', () => {
    const unchanged = ago(5 * day, { unchangedAt: now - 2 * day * 1_000 });
    expect(gone([ago(5 * day + 60), unchanged, ago(2 * day - 2 * hour), ...ten])).not.toContain(unchanged.seconds);
  });

  it('keeps the newest clean one, behind any number of unclean ones', () => {
    const unclean = Array.from({ length: 12 }, (_, at) => ago(12 - at, { isUnclean: true }));
    expect(gone([ago(300 * day), ago(299 * day), ...unclean])).toEqual([nowSeconds - 300 * day]);
  });

  it('counts no damaged one, and keeps it for a week', () => {
    const damaged = Array.from({ length: 10 }, (_, at) => ago((8 + at) * day, { problem: 'x' })).toReversed();
    const sound = ofAges(...Array.from({ length: 10 }, (_, at) => (100 + at) * day));
    expect(gone([...sound, ...damaged, ago(6 * day, { problem: 'x' })])).toEqual(damaged.map((one) => one.seconds));
  });

  it('removes the oldest beyond the size, but no pinned one, no base, and none of the newest', () => {
    const base = ago(5 * hour);
    const backups = [ago(5.5 * hour), base, ago(4 * hour, { pinnedUntil: 'ever' }), ago(3 * hour),
      ago(2 * hour, { kind: 'incremental', base: basename(base.path) }), ...ten];
    expect(gone(backups, { maxBytes: 14 })).toEqual([nowSeconds - 5.5 * hour]);
    expect(gone(backups, { maxBytes: 13 })).toEqual([5.5, 3].map((age) => nowSeconds - age * hour));
    expect(gone(backups, { maxBytes: 12 })).toEqual([5.5, 3, 2].map((age) => nowSeconds - age * hour));
    expect(gone(backups, { maxBytes: 1 })).toEqual([5.5, 3, 2, 5].map((age) => nowSeconds - age * hour));
  });
});

describe('a number of backups to keep', () => {
  it('keeps so many, the pinned ones and the bases', () => {
    const base = ago(6);
    const backups = [ago(9, { pinnedUntil: 'ever' }), ago(8), ago(7), base, ago(5),
      ago(4, { kind: 'incremental', base: basename(base.path) }), ago(3)];
    expect(expired(backups, { keep: 2 }, now).map(({ seconds }) => nowSeconds - seconds)).toEqual([8, 7, 5]);
  });
});

describe('whatever backups there are', () => {
  it('the ten newest whole ones, pins, bases, the newest clean one, and six hours stay', () => {
    assert(property(anyBackups, (backups) => {
      const going = new Set(expired(backups, { rule }, now));
      const left = backups.filter((backup) => !going.has(backup));
      const sound = backups.filter(({ note }) => note?.problem === undefined);
      const clean = sound.filter(({ note }) => !note?.isUnclean).at(-1);
      expect(sound.slice(-10).every((one) => !going.has(one))).toBe(true);
      expect(clean === undefined || !going.has(clean)).toBe(true);
      for (const one of going) {
        expect(one.note?.pinnedUntil === 'ever' || (one.note?.pinnedUntil ?? 0) > now).toBe(false);
        expect(asOf(one)).toBeLessThan(now - rule.allMs);
        expect(left.some((user) => needs(user, one))).toBe(false);
      }
    }));
  });

  it('the world of the end of each hour, day, week and month can still be restored', () => {
    const worldAt = (backups: readonly KnownBackup[], from: number, end: number): number | undefined =>
      backups.filter((one) => one.seconds * 1_000 < end && asOf(one) >= from)
        .map(({ seconds }) => seconds).toSorted((a, b) => a - b).at(-1);
    assert(property(anyBackups, (all) => {
      const going = new Set(expired(all, { rule }, now));
      const sound = all.filter(({ note }) => note?.problem === undefined);
      const left = sound.filter((backup) => !going.has(backup));
      for (const { everyMs, forMs } of stepsOf(rule)) {
        for (let from = Math.ceil((now - forMs) / everyMs) * everyMs; from <= now; from += everyMs)
          expect(worldAt(left, from, from + everyMs)).toBe(worldAt(sound, from, from + everyMs));
      }
    }));
  });

  it('a second look removes nothing more, with a limit of size too', () => {
    assert(property(anyBackups, option(integer({ min: 1, max: 2_000 }), { nil: undefined }), (backups, maxBytes) => {
      const limited = { ...rule, ...(maxBytes !== undefined && { maxBytes }) };
      const going = new Set(expired(backups, { rule: limited }, now));
      expect(expired(backups.filter((one) => !going.has(one)), { rule: limited }, now)).toEqual([]);
    }));
  });
});
