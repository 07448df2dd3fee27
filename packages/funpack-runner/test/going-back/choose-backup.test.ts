import { chooseBackup, chooseToRestore, copyHint } from '../../src/going-back/choose-backup.js';
import { known } from '../support/known.js';
import { failsWith } from '../support/work.js';

const hour = 3_600;
const now = 1_764_000_000_000;
const noon = 1_764_000_000 - 20 * hour;
const backups = [
  known({ seconds: noon, unchangedAt: (noon + 2 * hour) * 1_000 }),
  known({ seconds: noon + 3 * hour, kind: 'incremental', base: `s1.${noon}.tar.lzo` }),
  known({ seconds: noon + 4 * hour, problem: 'bad_archive: x' }),
  known({ seconds: noon + 5 * hour, isUnclean: true }),
];
const choose = (which?: string, at?: string): number =>
  chooseBackup('s1', backups, { ...(which !== undefined && { which }), ...(at !== undefined && { at }) }, now).seconds;

describe('the backup that is meant', () => {
  it.each([
    [undefined, 5],
    ['latest', 5],
    ['newest-clean', 3],
    [String(noon), 0],
    [`s1.${noon + 3 * hour}.incremental.tar.lzo`, 3],
    [`/b/worlds/s1/s1.${noon + 4 * hour}.tar.lzo`, 4],
    [String(noon + 3 * hour).slice(0, -2), 3],
    [`s1.${String(noon).slice(0, 7)}`, 0],
  ])('by %j', (which, hours) => {
    expect(choose(which)).toBe(noon + hours * hour);
  });

  it.each([
    ['999', 'not_found', 'has no backup "999"; `pinky backups s1` lists them'],
    ['', 'not_found', 'has no backup ""'],
    ['17', 'bad_command', '"17" is the beginning of 4 backups'],
    ['s1.', 'bad_command', 'is the beginning of 4 backups'],
  ] as const)('is none by %j: %s', (which, code, why) => {
    expect(() => choose(which)).toThrow(failsWith(code));
    expect(() => choose(which)).toThrow(why);
  });

  it('is the newest world from before a time', () => {
    const iso = (hours: number): string => new Date((noon + hours * hour) * 1_000).toISOString();
    expect([0, 2.5, 3, 4.9, 5, 20].map((hours) => (choose(undefined, iso(hours)) - noon) / hour)).toEqual(
      [0, 0, 3, 4, 5, 5]);
    expect(() => choose(undefined, iso(-1))).toThrow(failsWith('not_found'));
    expect(() => choose(undefined, iso(-1))).toThrow('its oldest is of');
    expect(() => choose('latest', iso(1))).toThrow(failsWith('bad_command'));
  });

  it('is none where the server has no backup', () => {
    expect(() => chooseBackup('s1', [], {}, now)).toThrow(failsWith('no_world'));
  });
});

describe('a restore without a choice', () => {
  it('takes the newest one if that is clean', () => {
    expect(chooseToRestore('s1', backups.slice(0, 2), {}, now).seconds).toBe(noon + 3 * hour);
  });

  it.each([[backups, 'may be torn'], [backups.slice(0, 3), 'is damaged']])(
    'names the newest clean one if it is not', (all, why) => {
      expect(() => chooseToRestore('s1', all, {}, now)).toThrow(failsWith('unclean_backup'));
      expect(() => chooseToRestore('s1', all, {}, now)).toThrow(why);
      const clean = `the newest clean one is ${noon + 3 * hour}, of 2025-11-`;
      expect(() => chooseToRestore('s1', all, {}, now)).toThrow(clean);
      expect(chooseToRestore('s1', all, { which: 'latest' }, now)).toBe(all.at(-1));
    },
  );

  it('says where a copy of a damaged one lies, and how to start from it', () => {
    const copies = { 'file:///mnt/nas/': { at: 1 } };
    const damaged = known({ seconds: noon, problem: 'bad_archive: x', copies });
    const address = `file:///mnt/nas/worlds/s1/s1.${noon}.tar.lzo`;
    expect(() => chooseToRestore('s1', [damaged], {}, now)).toThrow(`\`pinky start s1 --world ${address}\``);
    expect(copyHint(known({ seconds: noon, copies }))).toBe('');
    expect(copyHint(known({ seconds: noon, problem: 'x' }))).toBe('');
  });
});
