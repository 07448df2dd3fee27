import { draftOf, firstDraft, termsAgain, termsOf } from '../src/schedule/schedule-draft.js';
import { plainTimeOf } from '../src/schedule/plain-time-of.js';
import { cronOf } from '../src/schedule/plain-times.js';

const shown = {
  id: 'n1',
  etag: '"1"',
  when: '30 4 * * sun,sat',
  tz: 'Europe/Berlin',
  do: ['backup', { wait: 90_000 }, { broadcast: 'bye' }, 'restart'],
  doInWords: '',
  lateMs: 120_000,
  warnMs: [3_600_000, 600_000, 30_000],
};

it('brings a schedule into the form, and out of it as it was', () => {
  const draft = draftOf(shown);
  expect(draft).toMatchObject({ time: { kind: 'weekly', at: '04:30' }, warn: '1h, 10m, 30s', players: 'any' });
  expect(termsOf(draft)).toEqual({
    when: '30 4 * * sat,sun',
    do: ['backup', { wait: '90s' }, { broadcast: 'bye' }, 'restart'],
    tz: 'Europe/Berlin',
    players: 'any',
    warn: ['1h', '10m', '30s'],
  });
});

it('has the terms that bring back a removed schedule as it was', () => {
  const terms = {
    when: '30 4 * * sun,sat',
    tz: 'Europe/Berlin',
    do: ['backup', { wait: '90s' }, { broadcast: 'bye' }, 'restart'],
    warn: ['1h', '10m', '30s'],
    late: '2m',
  };
  expect(termsAgain(shown)).toEqual(terms);
  const rest = { warnText: 'in {in}', players: 'any' } as const;
  expect(termsAgain({ ...shown, ...rest, isPaused: true })).toEqual({ ...terms, ...rest, paused: true });
  const { warnMs: _, ...silent } = shown;
  expect(termsAgain(silent)).toEqual({ ...terms, warn: [] }); // without the field it would be warned of as usual
});

it('warns nobody of what ends nothing, or comes while nobody is there', () => {
  expect(termsOf({ ...draftOf(shown), players: 'wait' })).toMatchObject({ players: 'wait', warn: [] });
  const backup = { ...firstDraft(), steps: [{ kind: 'backup', text: '' }] } as const;
  expect(termsOf(backup)).toMatchObject({ warn: [] });
  expect(termsOf({ ...backup, hasWords: true })).toMatchObject({ warn: ['10m', '5m', '1m'] });
});

it.each([
  ['30 4 * * *', 'daily'],
  ['@daily', 'daily'],
  ['5 4 * * 1,sun', 'weekly'],
  ['0 * * * *', 'hours'],
  ['0 */6 * * *', 'hours'],
  ['*/15 * * * *', 'minutes'],
  ['15 */6 * * *', 'cron'],
  ['* * * * *', 'cron'],
  ['0 4 1 * *', 'cron'],
  ['0 4 * * mon-fri', 'cron'],
  ['*/5 3 * * *', 'cron'],
  ['0 0,12 * * *', 'cron'],
])('shows %s as %s', (when, kind) => expect(plainTimeOf(when).kind).toBe(kind));

it.each(['30 4 * * *', '5 4 * * mon,sun', '0 * * * *', '0 */6 * * *', '*/15 * * * *', '15 */6 * * *', '@yearly'])(
  'means the same afterwards: %s',
  (when) => expect(cronOf(plainTimeOf(when))).toBe(when),
);
