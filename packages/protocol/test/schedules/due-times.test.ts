import { DueTimes } from '../../src/index.js';

/** The first times after an instant, in UTC to the minute. */
function times(when: string, tz: string, from: string, count: number): string[] {
  const due = new DueTimes(when, tz);
  const found: string[] = [];
  for (let at = Date.parse(from); found.length < count; found.push(new Date(at).toISOString().slice(5, 16))) {
    at = due.after(at);
  }
  return found;
}

describe('the times of a schedule over a change of the clock', () => {
  const [spring, autumn] = ['2026-03-28T12:00Z', '2026-10-24T12:00Z'];

  it('runs once on each day, at the same time of the day', () => {
    expect(times('0 4 * * *', 'Europe/Berlin', spring, 2)).toEqual(['03-29T02:00', '03-30T02:00']);
    expect(times('0 4 * * *', 'Europe/Berlin', autumn, 2)).toEqual(['10-25T03:00', '10-26T03:00']);
  });

  it('runs a time that the clock leaves out by as much later as the clock jumps', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', spring, 2)).toEqual(['03-29T01:30', '03-30T00:30']);
    expect(times('15 2 * * *', 'Australia/Lord_Howe', '2026-10-03T00:00Z', 2)).toEqual(['10-03T15:45', '10-04T15:15']);
    expect(times('30 0 * * *', 'America/Sao_Paulo', '2018-11-03T12:00Z', 2)).toEqual(['11-04T03:30', '11-05T02:30']);
  });

  it('runs once at a time that comes twice', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', autumn, 2)).toEqual(['10-25T00:30', '10-26T01:30']);
    expect(times('45 1 * * *', 'Australia/Lord_Howe', '2026-04-04T00:00Z', 2)).toEqual(['04-04T14:45', '04-05T15:15']);
  });

  it('runs once where the time that is left out falls together with another one', () => {
    expect(times('15 2,3 * * *', 'Europe/Berlin', spring, 3)).toEqual(['03-29T01:15', '03-30T00:15', '03-30T01:15']);
  });

  it('goes by the time that passes if it runs at every hour', () => {
    expect(times('*/30 * * * *', 'Europe/Berlin', '2026-03-29T00:00Z', 4)).toEqual(
      ['03-29T00:30', '03-29T01:00', '03-29T01:30', '03-29T02:00'],
    );
    expect(times('0 * * * *', 'Europe/Berlin', '2026-10-24T23:00Z', 4)).toEqual(
      ['10-25T00:00', '10-25T01:00', '10-25T02:00', '10-25T03:00'],
    );
  });

  it('has as many times as days in a year, whatever the zone does', () => {
    for (const tz of ['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca', 'UTC']) {
      const due = new DueTimes('30 2 * * *', tz);
      const from = Date.UTC(2026, 0, 1, 12);
      expect([tz, due.between(from, from + 365 * 86_400_000, 1_000).count]).toEqual([tz, 365]);
    }
  });
});

describe('the fields of a schedule', () => {
  const next = (when: string, from = '2026-01-01T00:00Z'): string => times(when, 'UTC', from, 1)[0] ?? '';

  it.each([
    ['*/20 * * * *', '01-01T00:20'],
    ['5-10/5 3 * * *', '01-01T03:05'],
    ['0 0 * * 7', '01-04T00:00'],
    ['0 0 * * mon-fri', '01-02T00:00'],
    ['0 0 1 FEB *', '02-01T00:00'],
    ['0 0 13 * fri', '01-02T00:00'],
    ['0 0 */2 * fri', '01-09T00:00'],
    ['@daily', '01-02T00:00'],
    ['50/5 * * * *', '01-01T00:50'],
  ])('reads %s', (when, expected) => {
    expect(next(when)).toBe(expected);
  });

  it('finds a day that comes every fourth year, and not at all for eight', () => {
    expect(times('0 0 29 2 *', 'UTC', '2026-01-01T00:00Z', 1)).toEqual(['02-29T00:00']);
    expect(new DueTimes('0 0 29 2 *', 'UTC').after(Date.UTC(2096, 2, 1))).toBe(Date.UTC(2104, 1, 29));
  });

  it.each([
    '', '* * * *', '0 4 * * * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '0 0 31 2 *', '1-70 * * * *', '5-1 * * * *',
    '*/0 * * * *', 'H * * * *', '0 0 L * *', '@reboot', '@toString', '1-2-3 * * * *', '0 0 * * foo', '-5 * * * *',
    '1,,2 * * * *',
  ])('refuses %j', (when) => {
    expect(() => new DueTimes(when, 'UTC')).toThrow(/^when: /);
  });
});
