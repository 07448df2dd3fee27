import type { CommandSpec, FlagSpec } from '../../command-line/specs.js';

const commands = () => import('./commands.js');

const doing = 'It does one of `restart`, `stop`, `start`, `backup`, `broadcast <message>`, `console <line>` and ' +
  '`wait <time>`, or a sequence of them with the word `then` in between.';

const terms: readonly FlagSpec[] = [
  { flag: '--tz <zone>', means: 'the time zone, such as Europe/Berlin; default: that of the box' },
  { flag: '--warn <times>', means: 'tell the players so long before, such as 10m,5m,1m; `none` for no warning' },
  { flag: '--warn-text <text>', means: 'the words of the warning; {in} stands for the time that is left' },
  { flag: '--only-if-empty', means: 'wait until nobody is connected, for as long as --late says; then it is missed' },
  { flag: '--skip-if-players', means: 'leave a run out if somebody is connected' },
  { flag: '--late <time>', means: 'how late a run may begin; default 2m, or 6h with --only-if-empty' },
];

/** Commands about schedules. */
export const scheduleSpecs: readonly CommandSpec[] = [
  {
    name: 'schedule add',
    args: '<id> <when> <do...>',
    means: 'let the box do something with a server by the clock',
    more: 'The time is written as in a crontab: minute, hour, day of the month, month, day of the week; or @hourly, ' +
      `@daily, @weekly, @monthly. ${doing}`,
    flags: terms,
    examples: [
      'pinky schedule add 1234 "0 4 * * *" restart --warn 10m,5m,1m --tz Europe/Berlin',
      'pinky schedule add 1234 @hourly backup',
      'pinky schedule add 1234 "0 23 * * sun-thu" broadcast "we close now" then wait 30s then stop',
    ],
    load: async () => (await commands()).add,
  },
  {
    name: 'schedule ls',
    args: '[id]',
    means: 'list the schedules of a server, or of all: what they do, when next, and how the last run went',
    examples: ['pinky schedule ls', "pinky schedule ls 1234 --json | jq '.schedules[].next'"],
    load: async () => (await commands()).list,
  },
  {
    name: 'schedule edit',
    args: '<schedule> [do...]',
    means: 'change a schedule; what is not named stays',
    more: doing,
    flags: [
      { flag: '--when <time>', means: 'another time, as in a crontab' },
      ...terms,
      { flag: '--with-players', means: 'run whether somebody is connected or not' },
      { flag: '--pause', means: 'let it rest' },
      { flag: '--resume', means: 'end the rest' },
    ],
    examples: ['pinky schedule edit 1a2b3c4d --when "30 4 * * *"', 'pinky schedule edit 1a2b3c4d --pause'],
    load: async () => (await commands()).edit,
  },
  {
    name: 'schedule run',
    args: '<schedule>',
    means: 'run a schedule now, whoever is connected; returns when it is done',
    examples: ['pinky schedule run 1a2b3c4d'],
    load: async () => (await commands()).runNow,
  },
  {
    name: 'schedule rm',
    args: '<schedule>',
    means: 'remove a schedule',
    examples: ['pinky schedule rm 1a2b3c4d'],
    load: async () => (await commands()).remove,
  },
];
