import { Queue } from 'bullmq';
import { parseCommand } from '@pinky/protocol/schemas';
import type {
  CommandName, JobData, JobDataByName, JobName, JobResult, ServerEventMessage, StartData,
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
  tell: { serverId: '1', userId: 'al', message: 'hi' },
  kick: { serverId: '1', user: 'al' },
  broadcast: { serverId: '1', message: 'hi' },
  console: { serverId: '1', line: 'time set day' },
};

// @ts-expect-error a start names its server
const without: StartData = { funpack: 'dummy' };
// @ts-expect-error a misspelt field
const misspelt: StartData = { serverId: '1', funpack: 'dummy', setings: {} };
// @ts-expect-error text where megabytes belong
const badRam: StartData = { serverId: '1', funpack: 'dummy', ram: '1024' };
const bad: readonly unknown[] = [without, { ...misspelt, funpack: 7 }, badRam];

/** Each branch knows the fields of its type. */
function inWords(event: ServerEventMessage): string {
  switch (event.type) {
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
    ['started', { ...base, type: 'started', motd: 'a game may send more' }],
  ])('is a union by type: %s', (words, event) => {
    expect(inWords(event)).toBe(words);
  });
});
