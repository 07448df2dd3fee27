import { Queue } from 'bullmq';
import { parseCommand } from '@pinky/protocol/schemas';
import {
  assertNever, isKnownEvent, type AnyServerEvent, type CommandName, type JobData, type JobDataByName, type JobName,
  type JobResult, type ServerEventMessage, type StartData,
} from '@pinky/protocol';

/** The types are checked by the compiler: `add` of each queue is never called here. */
type Add<Q extends Queue> = Q['add'];
const startQueue = (add: Add<Queue<StartData>>) =>
  add('start', { serverId: '1234', funpack: 'emberhollow', settings: {} });
const anyQueue = (add: Add<Queue<JobData, JobResult, JobName>>) => [
  add('tell', { serverId: '1', user: 'al', message: 'hi' }),
  add('status', {}),
  add('fetch', { funpack: 'emberhollow' }),
  add('backups rm', { serverId: '1', which: 'latest' }),
];

const starts: readonly StartData[] = [
  { serverId: '1234', funpack: 'emberhollow', settings: {} },
  { serverId: '1234' },
  { serverId: '1', funpack: { url: '/packs/dummy', sha256: 'a'.repeat(64) }, ram: 512, world: 'new' },
  { serverId: '1', funpackUrl: 'https://example.org/1.tar.lzo', ram: { max: 2048 }, worldUrl: null, data: { seed: 7 } },
  { serverId: '1', funpack: 'dummy', ram: { min: 512, max: 1024 }, world: '/worlds/1.tar.zst', deadlineMs: 60_000 },
];

const others: { readonly [Name in CommandName]?: JobDataByName[Name] } = {
  stop: { serverId: '1' },
  rm: { serverId: '1', withBackups: true },
  tell: { serverId: '1', userId: 7, message: 'hi' },
  kick: { serverId: '1', user: 'al', userId: '76561198012345679' },
  broadcast: { serverId: '1', message: 'hi' },
  console: { serverId: '1', line: 'time set day' },
};

// @ts-expect-error a start names its server
const without: StartData = { funpack: 'dummy' };
// @ts-expect-error a misspelt field
const misspelt: StartData = { serverId: '1', funpack: 'dummy', setings: {} };
// @ts-expect-error the types know one spelling
const underscored: StartData = { server_id: '1', serverId: '1' };
// @ts-expect-error text where megabytes belong
const badRam: StartData = { serverId: '1', funpack: 'dummy', ram: '1024' };
const bad: readonly unknown[] = [without, { ...misspelt, funpack: 7 }, badRam];

/** Each branch knows the fields of its kind. */
function warningInWords(event: Extract<ServerEventMessage<'stressed'>, { readonly type: 'warning' }>): string {
  switch (event.kind) {
    case 'not_listening': return `${event.port.toFixed(0)}: ${event.listens.join()}; ${event.message.trim()}`;
    case 'unusable_event': return event.fault.trim();
    case 'unusable_setting': return event.setting.trim();
    case 'looks_hung': return `${event.signs.silent_ms}: ${event.signs.query}, ${event.signs.cpu}`;
    case 'memory_near_limit': return `${event.used / event.limit}`;
    case 'limits_missing': return event.limits.join();
    case 'backup_damaged': return event.backup.trim();
    case 'backups_waiting': return `${event.store ?? 'nowhere'}: ${event.count + event.bytes + event.since}`;
    case 'query_failed': case 'not_isolated': case 'world_unsaved': return event.message.trim();
    case 'stressed': case undefined: return event.message ?? 'a warning';
    default: return assertNever(event);
  }
}

/** Each branch knows the fields of its type. */
function inWords(event: ServerEventMessage<'stressed'>): string {
  switch (event.type) {
    case 'warning': return warningInWords(event);
    case 'settings_changed': return `${event.setting?.trim()}=${String(event.value)} ${event.because?.trim()}`;
    case 'launched': return `${event.pid.toFixed(0)} on ${event.port.toFixed(0)}`;
    case 'player_disconnected': return [event.user.trim(), event.user_id, event.because?.trim()].join();
    case 'stopped': return [event.step, event.parked, event.because, event.restarting].join();
    case 'restored': return [event.world.trim(), event.stripped?.count, event.skipped?.names, event.parked].join();
    case 'start_failed': return [event.code.trim(), event.message.trim(), event.how, event.signal].join();
    case 'chat': return `${event.user.toUpperCase()}: ${event.message.trim()}`;
    case 'players_list':
      return event.players.map((player) => (typeof player === 'string' ? player : player.name)).join();
    case 'crashed': return `${event.how}, again in ${event.restart_in_ms.toFixed(0)} ms`;
    case 'backed_up': return `${event.url} of ${event.size.toFixed(0)} bytes`;
    default: return event.type;
  }
}

describe('the types of producers', () => {
  it.each(starts)('let through a start that is read: %j', (data) => {
    expect(parseCommand('start', data)).toMatchObject({ name: 'start', data: { serverId: data.serverId } });
  });

  it.each(Object.entries(others))('let through what is read as %s', (name, data) => {
    expect(parseCommand(name, data).name).toBe(name);
  });

  it('know one spelling of a field, though others are read', () => {
    expect(parseCommand('start', underscored)).toEqual({ name: 'start', data: { serverId: '1' } });
  });

  it.each(bad)('refuse what is refused: %j', (data) => {
    expect(() => parseCommand('start', data)).toThrow(expect.objectContaining({ code: 'bad_command' }));
  });

  it('fit the queues of BullMQ', () => {
    const add = jest.fn();
    void startQueue(add);
    void Promise.all(anyQueue(add));
    expect(add.mock.calls.map(([name]) => name)).toEqual(['start', 'tell', 'status', 'fetch', 'backups rm']);
  });
});

describe('the type of events', () => {
  const base = {
    event: 'server_event', server_id: '1', pinky_id: '1', ts: '2026-11-21T03:00:45Z', id: '1:r:0',
  } as const;
  it.each<[string, ServerEventMessage]>([
    ['AL: hi', { ...base, type: 'chat', user: 'al', message: ' hi ' }],
    ['al,bo', { ...base, type: 'players_list', players: ['al', { name: 'bo', id: 7 }] }],
    ['exit code 3, again in 100 ms', {
      ...base, type: 'crashed', code: 3, how: 'exit code 3', last_lines: [], restart_in_ms: 100,
    }],
    ['/b.tar.zst of 9 bytes', { ...base, type: 'backed_up', url: '/b.tar.zst', size: 9, sha256: 'a' }],
    ['started', { ...base, type: 'started' }],
    ['7 on 8', { ...base, type: 'launched', pid: 7, port: 8 }],
    ['al,7,the game has ended', {
      ...base, type: 'player_disconnected', user: 'al', user_id: 7, because: 'the game has ended',
    }],
    ['8: 9,10; no', { ...base, type: 'warning', kind: 'not_listening', port: 8, listens: [9, 10], message: 'no' }],
    ['a warning', { ...base, type: 'warning' }],
  ])('is a union by type: %s', (words, event) => {
    expect(inWords(event)).toBe(words);
  });

  it('has no field that the type does not have', () => {
    const event: ServerEventMessage = {
      ...base, type: 'crashed', how: 'was ended by SIGSEGV', signal: 'SIGSEGV', last_lines: [], restart_in_ms: 0,
    };
    // @ts-expect-error a crash has no backup
    const { backup } = event;
    // @ts-expect-error a misspelt field
    const { last_line: line } = event;
    // @ts-expect-error a kind that this game's warnings are not known to have
    const other: ServerEventMessage = { ...base, type: 'warning', kind: 'stressed' };
    // @ts-expect-error a warning without the fields of its kind
    const lacking: ServerEventMessage = { ...base, type: 'warning', kind: 'not_listening', message: 'no' };
    expect([backup, line, other.type, lacking.type]).toEqual([undefined, undefined, 'warning', 'warning']);
  });

  it('is told apart from a type of a newer version, which may have any fields', () => {
    const known = (event: AnyServerEvent): string => (isKnownEvent(event) ? inWords(event) : `new: ${event.type}`);
    const newer: AnyServerEvent = { ...base, type: 'rewarded' };
    expect([known(newer), known({ ...base, type: 'started' })]).toEqual(['new: rewarded', 'started']);
    // @ts-expect-error a crash has no backup
    const backupOf = (event: AnyServerEvent) => isKnownEvent(event) && event.type === 'crashed' && event.backup;
    expect(backupOf(newer)).toBe(false);
    // @ts-expect-error nobody knows the fields of a type that is not known
    expect(newer.prize).toBeUndefined();
  });
});
