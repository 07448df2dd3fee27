import { HandoffMaster, HandoffSlave, type Message } from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import { recorded, slaveOf, turn } from './slaves.js';

const setUp = (shards: number) => {
  const clock = new FakeClock();
  const log: string[] = [];
  const master: HandoffMaster = new HandoffMaster({
    clock,
    shards,
    startSlave: () => log.push('start'),
    stepTimeoutMs: 1_000,
    onMigration: (outcome, because) => log.push(`${outcome}: ${because}`),
  });
  return { clock, log, master };
};

/** A slave by hand: the test reads what it was sent, and says what it likes. */
const byHand = (master: HandoffMaster) => {
  const sent: Message[] = [];
  let isOpen = true;
  const connection = {
    send: (message: Message) => { sent.push(message); return isOpen; },
    end: () => { isOpen = false; },
  };
  return {
    sent,
    connection,
    isOpen: () => isOpen,
    types: () => sent.map(({ type }) => type),
    say: (message: Message) => master.receive(message, connection),
  };
};

describe('a master whose new slave fails', () => {
  it('gives every shard back that it had moved, each where it stood', async () => {
    const { log, master } = setUp(3);
    const old = slaveOf(() => master, recorded('old', log));
    const next = slaveOf(() => master, {
      ...recorded('new', log),
      resume: async (shard) => (shard < 2 ? undefined : new Promise(() => undefined)),
    });
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    master.closed(next);
    await turn();
    expect(log.slice(-4)).toEqual([
      'old resumes 0 session-0 7',
      'old resumes 1 session-1 8',
      'old resumes 2 session-2 9',
      'abandoned: the new slave is gone',
    ]);
    expect(master.main).toBe(old);
  });

  it('waits for the word where the last shard stands before it gives that one back', () => {
    const { master, log } = setUp(2);
    const [old, next] = [byHand(master), byHand(master)];
    old.say({ type: 'slaveHello', Running: true });
    next.say({ type: 'slaveHello', Running: false });
    next.say({ type: 'softStartComplete' });
    old.say({ type: 'shardMigrationStart', FromThisSlave: true, NumShards: 2 });
    next.say({ type: 'shardMigrationStart', FromThisSlave: false, NumShards: 2 });
    expect(old.types().at(-1)).toBe('stopShard');
    master.closed(next.connection);
    expect([master.state, old.types().at(-1)]).toEqual(['recalling', 'stopShard']);
    old.say({ type: 'stopShard', Shard: 0, SessionID: 'a', Sequence: 41 });
    expect(old.sent.at(-1)).toEqual({
      type: 'resume',
      Shard: 0,
      SessionID: 'a',
      Sequence: 41,
    });
    old.say({ type: 'resume', Shard: 0, SessionID: 'a', Sequence: 41 });
    expect([master.state, ...log]).toEqual(['idle', 'abandoned: the new slave is gone']);
  });

  it('shuts down one that only hangs before it gives the shard back, and closes its connection', async () => {
    const { clock, log, master } = setUp(1);
    const old = slaveOf(() => master, recorded('old', log));
    const next = byHand(master);
    master.receive({ type: 'slaveHello', Running: true }, old);
    next.say({ type: 'slaveHello', Running: false });
    next.say({ type: 'softStartComplete' });
    await turn();
    next.say({ type: 'shardMigrationStart', FromThisSlave: false, NumShards: 1 });
    await turn();
    expect(next.types().at(-1)).toBe('resume');
    await clock.advance(1_000);
    expect([next.types().at(-1), log.at(-1)]).toEqual(['shutdown', 'old stops 0']);
    await clock.advance(1_000);
    await turn();
    expect(log.slice(-2)).toEqual(['old resumes 0 session-0 7', 'abandoned: nothing came in time while resuming']);
    await clock.advance(4_000);
    expect(next.isOpen()).toBe(false);
    master.stop();
  });

  it('gives a shard back even if its old slave says only after all patience where it stood', async () => {
    const { clock, log, master } = setUp(1);
    const [old, next] = [byHand(master), byHand(master)];
    old.say({ type: 'slaveHello', Running: true });
    next.say({ type: 'slaveHello', Running: false });
    next.say({ type: 'softStartComplete' });
    old.say({ type: 'shardMigrationStart', FromThisSlave: true, NumShards: 1 });
    next.say({ type: 'shardMigrationStart', FromThisSlave: false, NumShards: 1 });
    for (let second = 0; second < 8; second += 1) await clock.advance(1_000);
    expect([master.state, old.types().at(-1), ...log]).toEqual([
      'idle', 'stopShard', 'abandoned: nothing came in time while stopping',
    ]);
    expect(master.migrate()).toBe(false);
    old.say({ type: 'stopShard', Shard: 0, SessionID: 'late', Sequence: 5 });
    expect(old.sent.at(-1)).toEqual({
      type: 'resume',
      Shard: 0,
      SessionID: 'late',
      Sequence: 5,
    });
    expect(master.migrate()).toBe(true);
    master.stop();
  });

  it('starts a slave again if the new one dies while the old one shuts down, but not beside that one', async () => {
    const { clock, log, master } = setUp(1);
    const old = byHand(master);
    const next = slaveOf(() => master, recorded('new', log));
    old.say({ type: 'slaveHello', Running: true });
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    old.say({ type: 'shardMigrationStart', FromThisSlave: true, NumShards: 1 });
    await turn();
    old.say({ type: 'stopShard', Shard: 0, SessionID: 's', Sequence: 1 });
    await turn();
    expect(old.types().at(-1)).toBe('shutdown');
    master.closed(next);
    const third = byHand(master);
    third.say({ type: 'slaveHello', Running: false });
    expect([master.main, third.types()]).toEqual([third.connection, []]);
    old.say({ type: 'shutdown' });
    expect([third.types(), old.isOpen()]).toEqual([['fullStart'], false]);
    await clock.advance(60_000);
    expect(log.filter((line) => line === 'start')).toEqual([]);
    master.stop();
  });
});

describe('the answer ShardStopped', () => {
  const stoppedBy = (answer: Message): readonly Message[] => {
    const { master } = setUp(1);
    const [old, next] = [byHand(master), byHand(master)];
    old.say({ type: 'slaveHello', Running: true });
    next.say({ type: 'slaveHello', Running: false });
    next.say({ type: 'softStartComplete' });
    old.say({ type: 'shardMigrationStart', FromThisSlave: true, NumShards: 1 });
    next.say({ type: 'shardMigrationStart', FromThisSlave: false, NumShards: 1 });
    old.say(answer);
    master.stop();
    return next.sent.slice(2);
  };

  it('says where the shard stood, like StopShard', () => {
    expect(stoppedBy({
      type: 'shardStopped',
      Shard: 0,
      SessionID: 'abc',
      Sequence: 95,
    })).toEqual([
      { type: 'resume', Shard: 0, SessionID: 'abc', Sequence: 95 },
    ]);
  });

  it('brings the shard\'s states along, which reach the new slave first', () => {
    expect(
      stoppedBy({
        type: 'shardStopped',
        Sequence: 95,
        GuildState: { id: 1 },
        GuildStates: [{ id: 2 }, { id: 3 }],
      }),
    ).toEqual([
      { type: 'guildState', GuildState: { id: 1 } },
      { type: 'guildState', GuildState: { id: 2 } },
      { type: 'guildState', GuildState: { id: 3 } },
      { type: 'resume', Shard: 0, SessionID: '', Sequence: 95 },
    ]);
  });

  it('is ignored for a shard that nobody asked for', () => {
    expect(stoppedBy({ type: 'shardStopped', Shard: 7, Sequence: 95 })).toEqual([]);
  });
});

describe('a second slave that says it runs', () => {
  it('displaces the first one, which is told to shut down, and closed once it has answered', async () => {
    const { clock, log, master } = setUp(1);
    const [first, second] = [byHand(master), byHand(master)];
    master.start();
    first.say({ type: 'slaveHello', Running: true });
    second.say({ type: 'slaveHello', Running: true });
    expect([master.main, first.types(), first.isOpen()]).toEqual([second.connection, ['shutdown'], true]);
    expect(second.types()).toEqual([]);
    first.say({ type: 'shutdown' });
    expect([first.isOpen(), second.types()]).toEqual([false, ['fullStart']]);
    master.closed(second.connection);
    master.closed(first.connection);
    await clock.advance(15_000);
    expect(log).toEqual(['start']);
    master.stop();
  });

  it('displaces a first one that does not answer, whose connection is closed after five seconds', async () => {
    const { clock, master } = setUp(1);
    const [first, second] = [byHand(master), byHand(master)];
    first.say({ type: 'slaveHello', Running: true });
    second.say({ type: 'slaveHello', Running: true });
    await clock.advance(4_999);
    expect([first.isOpen(), second.types()]).toEqual([true, []]);
    await clock.advance(1);
    expect([first.isOpen(), second.types()]).toEqual([false, ['fullStart']]);
  });

  it('ends a migration: both others shut down before it starts what it does not run', async () => {
    const { master, log } = setUp(2);
    const [old, next, newcomer] = [byHand(master), byHand(master), byHand(master)];
    old.say({ type: 'slaveHello', Running: true });
    next.say({ type: 'slaveHello', Running: false });
    newcomer.say({ type: 'slaveHello', Running: true });
    expect([old.types().at(-1), next.types().at(-1), master.state, ...log]).toEqual([
      'shutdown', 'shutdown', 'idle', 'abandoned: another slave runs the shards',
    ]);
    old.say({ type: 'shutdown' });
    expect(newcomer.types()).toEqual([]);
    master.closed(next.connection);
    expect(newcomer.types()).toEqual(['fullStart']);
  });
});

describe('a slave', () => {
  it('answers a shutdown once it has shut down, and only then leaves', async () => {
    const log: string[] = [];
    let shutDown!: () => void;
    const slave = new HandoffSlave({
      send: ({ type }) => { log.push(`says ${type}`); return true; },
      duties: {
        ...recorded('slave', log),
        shutdown: () => new Promise<void>((resolve) => { shutDown = resolve; }),
        leave: () => void log.push('leaves'),
      },
    });
    slave.receive({ type: 'shutdown' });
    await turn();
    expect(log).toEqual([]);
    shutDown();
    await turn();
    expect(log).toEqual(['says shutdown', 'leaves']);
  });

  it('obeys one order after the other, and goes on after one that failed', async () => {
    const log: string[] = [];
    const slave = new HandoffSlave({
      send: ({ type }) => { log.push(`says ${type}`); return true; },
      onFailure: (error) => log.push(String(error)),
      duties: {
        ...recorded('slave', log),
        stopShard: async () => { await turn(); throw new Error('broken'); },
      },
    });
    slave.receive({ type: 'stopShard', Shard: 0, SessionID: '', Sequence: 0 });
    slave.receive({ type: 'resume', Shard: 0, SessionID: 's', Sequence: 3 });
    await turn();
    await turn();
    expect(log).toEqual(['Error: broken', 'slave resumes 0 s 3', 'says resume']);
  });

  it('takes up again what it had let go when its connection is lost', async () => {
    const log: string[] = [];
    const slave = new HandoffSlave({ send: () => true, duties: recorded('slave', log) });
    for (const Shard of [0, 1]) slave.receive({
      type: 'stopShard',
      Shard,
      SessionID: '',
      Sequence: 0,
    });
    slave.receive({
      type: 'resume',
      Shard: 1,
      SessionID: 'session-1',
      Sequence: 8,
    });
    slave.disconnected();
    await turn();
    expect(log.slice(-2)).toEqual(['slave resumes 1 session-1 8', 'slave resumes 0 session-0 7']);
  });
});
