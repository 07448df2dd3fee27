import { isBoxCommandName } from '../../src/index.js';
import { parseBoxCommand } from '../../src/schemas/index.js';

const refused = (name: string, data: unknown): string | undefined => {
  try {
    parseBoxCommand(name, data);
    return undefined;
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
};
const at4 = { serverId: 'a', when: '0 4 * * *' };

describe('the commands about schedules', () => {
  it.each([
    ['schedule add', { ...at4, do: 'restart' }, { ...at4, do: ['restart'] }],
    ['schedule add', { ...at4, do: ['backup', { broadcast: 'x' }], warn: ['1m', '10m', 60_000] },
      { ...at4, do: ['backup', { broadcast: 'x' }], warnMs: [600_000, 60_000] }],
    ['schedule add', { ...at4, do: ['stop', { console: 'y' }, { wait: '30s' }] },
      { ...at4, do: ['stop', { console: 'y' }, { wait: 30_000 }] }],
    ['schedule add', { ...at4, do: 'stop', tz: 'UTC', players: 'wait', late: '1h', warn_text: 'x', paused: true },
      { ...at4, do: ['stop'], tz: 'UTC', players: 'wait', lateMs: 3_600_000, warnText: 'x', isPaused: true }],
    ['schedule edit', { schedule: 'x', paused: false }, { schedule: 'x', change: { isPaused: false } }],
    ['schedule rm', { schedule: 'x', serverId: 'a' }, { schedule: 'x', serverId: 'a' }],
    ['schedule run', { schedule: 'x' }, { schedule: 'x' }],
    ['schedule rm', { schedule: 'x', ifMark: 'a1' }, { schedule: 'x', ifMark: 'a1' }],
    ['schedule edit', { schedule: 'x', if_mark: 'a1', paused: true },
      { schedule: 'x', ifMark: 'a1', change: { isPaused: true } }],
    ['schedule ls', undefined, {}],
    ['schedule ls', { serverId: 'a' }, { serverId: 'a' }],
  ])('%s with %j', (name, data, parsed) => {
    expect(isBoxCommandName(name)).toBe(true);
    expect(parseBoxCommand(name, data)).toEqual({ name, data: parsed });
  });

  it.each([
    ['schedule add', { ...at4 }, 'bad_command: schedule add: do must be start'],
    ['schedule add', { when: '@daily', do: 'stop' }, 'serverId is missing'],
    ['schedule add', { ...at4, serverId: '../a', do: 'stop' }, 'bad_server_id'],
    ['schedule add', { ...at4, do: 'dance' }, 'do must be start, stop, restart, backup, {broadcast: text}'],
    ['schedule add', { ...at4, do: [] }, 'do must be'],
    ['schedule add', { ...at4, when: '0 4 * *', do: 'stop' }, 'is not a time'],
    ['schedule add', { ...at4, do: 'stop', tz: 'Mars/Base' }, '"Mars/Base" is not a time zone'],
    ['schedule add', { ...at4, do: { broadcast: 'a\nb' } }, 'bad_text'],
    ['schedule add', { ...at4, do: { console: 'a\u009bb' } }, 'bad_text'],
    ['schedule add', { ...at4, do: 'stop', late: '2d' }, 'late must be a time such as 10m'],
    ['schedule add', { ...at4, do: 'stop', wran: ['1m'] }, 'did you mean warn?'],
    ['schedule edit', { paused: true }, 'schedule is missing'],
  ])('%s with %j is refused', (name, data, why) => {
    expect(refused(name, data)).toContain(why);
  });
});
