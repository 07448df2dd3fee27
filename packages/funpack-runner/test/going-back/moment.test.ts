import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { localText, momentOf } from '../../src/going-back/moment.js';
import { failsWith } from '../support/work.js';

const now = new Date(2026, 10, 29, 20, 30, 15).getTime();
const at = (...fields: [number, number, number, number, number, number?]): number => new Date(...fields).getTime();
const hour = 3_600_000;

describe('a time in words', () => {
  it.each([
    ['18:00', at(2026, 10, 29, 18, 0)],
    ['6:05', at(2026, 10, 29, 6, 5)],
    ['today 20:30:15', now],
    ['Yesterday  18:00', at(2026, 10, 28, 18, 0)],
    ['yesterday 23:59:59', at(2026, 10, 28, 23, 59, 59)],
    ['2 hours ago', now - 2 * hour],
    ['1 hour ago', now - hour],
    ['90 min ago', now - 1.5 * hour],
    ['3 days ago', now - 72 * hour],
    ['2w ago', now - 14 * 24 * hour],
    ['2026-11-28 18:00', at(2026, 10, 28, 18, 0)],
    ['2026-11-28T18:00:07', at(2026, 10, 28, 18, 0, 7)],
    ['2026-11-28T18:00:00Z', Date.UTC(2026, 10, 28, 18)],
    ['2026-11-28T18:00:00.123+01:00', Date.UTC(2026, 10, 28, 17)],
    ['2026-11-28T18:00-0330', Date.UTC(2026, 10, 28, 21, 30)],
  ])('%s', (text, moment) => {
    expect(momentOf(text, now)).toBe(moment);
  });

  it.each([
    ['21:00', 'has not been yet; did you mean `yesterday 21:00`?'],
    ['today 21:00', 'has not been yet: give a time in the past'],
    ['2027-01-01 00:00', 'has not been yet'],
    ['in 2 hours', 'is none of the forms that are read: `18:00`'],
    ['6pm', 'is none of the forms'],
    ['friday 18:00', 'is none of the forms'],
    ['11/12 18:00', 'is none of the forms'],
    ['2026-11-28', 'is none of the forms'],
    ['18', 'is none of the forms'],
    ['', 'is none of the forms'],
    ['24:00', 'is no time'],
    ['18:60', 'is no time'],
    ['2026-02-30 12:00', 'is no day of the calendar'],
    ['2026-02-30T12:00Z', 'is no time'],
  ])('%j is refused: it %s', (text, why) => {
    expect(() => momentOf(text, now)).toThrow(failsWith('bad_command'));
    expect(() => momentOf(text, now)).toThrow(why);
  });

  it('is refused where the clock of the box was put forward over it, or showed it twice', () => {
    const module = join(__dirname, '../../dist/going-back/moment.js');
    const script = `const { momentOf, localText } = require(${JSON.stringify(module)});
      const now = Date.UTC(2026, 10, 29);
      for (const text of ['2026-03-29 02:30', '2026-10-25 02:30', '2026-10-25T02:30:00+01:00', '2026-10-25 03:30'])
        try { console.log(localText(momentOf(text, now))); } catch (error) { console.log(error.message); }`;
    const zone = { ...process.env, TZ: 'Europe/Berlin' };
    const said = execFileSync(process.execPath, ['-e', script], { env: zone }).toString().trimEnd().split('\n');
    expect(said[0]).toContain('does not exist: the clock was put forward');
    expect(said[1]).toContain('came twice, because the clock was put back');
    expect(said.slice(2)).toEqual(['2026-10-25T02:30:00+01:00', '2026-10-25T03:30:00+01:00']);
  });

  it('is shown with the offset of the box', () => {
    expect(new Date(localText(now)).getTime()).toBe(now - (now % 1_000));
    expect(localText(now)).toMatch(/^2026-11-29T20:30:15[+-]\d\d:\d\d$/);
  });
});
