import { isBoxCommandName } from '../../src/index.js';
import { deadlineOf, parseBoxCommand } from '../../src/schemas/index.js';

const refused = (name: string, data: unknown): string | undefined => {
  try {
    parseBoxCommand(name, data);
    return undefined;
  } catch (error) {
    return `${(error as { code: string }).code}: ${(error as Error).message}`;
  }
};

describe('the commands about backups', () => {
  it.each([
    ['backups', undefined, {}],
    ['backups', { serverId: 'a' }, { serverId: 'a' }],
    ['restore', { server_id: 'a' }, { serverId: 'a' }],
    ['restore', { serverId: 'a', which: 1_764_000_000 }, { serverId: 'a', which: '1764000000' }],
    ['restore', { serverId: 'a', at: 'yesterday 18:00' }, { serverId: 'a', at: 'yesterday 18:00' }],
    ['pin', { serverId: 'a', which: 'latest', days: 3, because: 'x' },
      { serverId: 'a', which: 'latest', days: 3, because: 'x' }],
    ['unpin', { serverId: 'a', which: '17' }, { serverId: 'a', which: '17' }],
    ['verify', { serverId: 'a', deadlineMs: 5 }, { serverId: 'a' }],
    ['backups rm', { serverId: 'a', which: '17', discard: true }, { serverId: 'a', which: '17', discard: true }],
    ['backups get', { serverId: 'a', file: '/tmp/x' }, { serverId: 'a', file: '/tmp/x' }],
  ])('%s with %j', (name, data, parsed) => {
    expect(isBoxCommandName(name)).toBe(true);
    expect(parseBoxCommand(name, data)).toEqual({ name, data: parsed });
  });

  it.each([
    ['restore', {}, 'bad_command: restore: serverId is missing'],
    ['restore', { serverId: '../a' }, 'bad_server_id'],
    ['restore', { serverId: 'a', which: 'x', at: '18:00' }, 'bad_command: restore: a backup is named by `which`, or'],
    ['restore', { serverId: 'a', wich: 'x' }, 'did you mean which?'],
    ['restore', { serverId: 'a', which: 1.5 }, 'which must be a name, or a number of seconds'],
    ['restore', { serverId: 'a', at: '18:00\n' }, 'bad_text'],
    ['pin', { serverId: 'a', days: 0 }, 'days must be whole days from 1 to 36500'],
    ['pin', { serverId: 'a', because: 'a\nb' }, 'bad_text'],
    ['backups rm', { serverId: 'a' }, 'backups rm: say by `which` or `at` which backup is to go'],
    ['backups get', { serverId: 'a', file: 'here' }, 'file must be an absolute path'],
    ['backups get', { serverId: 'a' }, 'file is missing'],
  ])('%s with %j is refused', (name, data, why) => {
    expect(refused(name, data)).toContain(why);
  });

  it('may take long where a world is read', () => {
    expect(['verify', 'restore', 'backups'].map((name) => deadlineOf(name as 'verify', {}))).toEqual(
      [3_600_000, 5_400_000, 60_000]);
  });
});
