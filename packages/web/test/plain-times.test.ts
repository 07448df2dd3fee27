import { cronOf, cronWords } from '../src/schedule/plain-times.js';

it('writes a time that people say as a crontab has it', () => {
  expect(cronOf({ kind: 'daily', at: '04:30' })).toBe('30 4 * * *');
  expect(cronOf({ kind: 'weekly', at: '23:00', days: ['sun', 'sat'] })).toBe('0 23 * * sat,sun');
  expect(cronOf({ kind: 'hours', every: 1 })).toBe('0 * * * *');
  expect(cronOf({ kind: 'hours', every: 6 })).toBe('0 */6 * * *');
  expect(cronOf({ kind: 'minutes', every: 15 })).toBe('*/15 * * * *');
  expect(cronOf({ kind: 'cron', when: ' @daily ' })).toBe('@daily');
});

it.each([
  ['0 4 * * *', 'Every day at 04:00'],
  ['@daily', 'Every day at 00:00'],
  ['@weekly', 'Every Sunday at 00:00'],
  ['30 23 * * sun-thu', 'Sunday to Thursday at 23:30'],
  ['5 4 * * sat,sun', 'Every Saturday and Sunday at 04:05'],
  ['5 4 * * 1,3,5', 'Every Monday, Wednesday and Friday at 04:05'],
  ['0 12 1 * *', 'On day 1 of each month at 12:00'],
  ['@hourly', 'Every hour, on the hour'],
  ['15 */6 * * *', 'Every 6 hours, 15 minutes past'],
  ['*/10 * * * *', 'Every 10 minutes'],
  ['* * * * *', 'Every minute'],
])('says %s in words', (when, words) => expect(cronWords(when)).toBe(words));

it.each(['0 4 1 1 *', '0 4 13 * fri', '1-5 4 * * *', '0 4 * * mon-fri/2', 'never', '*/5 3 * * *'])(
  'leaves %s as it is written: words would say something else',
  (when) => expect(cronWords(when)).toBe(when),
);
