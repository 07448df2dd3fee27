import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import {
  HandoffMaster,
  HandoffSlave,
  Link,
  migrationEvents,
  migrationStates,
  migrationTable,
  Peer,
  type Message,
} from '../../src/index.js';
import { FakeClock } from '../../src/testing/index.js';
import { recorded, slaveOf, turn } from './slaves.js';

describe('a handoff', () => {
  const wholeStory = [
    'old full start',
    'new soft start',
    'old migrates from',
    'new migrates to',
    'old stops 0',
    'new hears {"players":["al"]}',
    'new resumes 0 session-0 7',
    'old shuts down',
    'new full start',
  ];

  it('moves the shard from the old slave to the new one, state first, and shuts the old one down', async () => {
    const log: string[] = [];
    const outcomes: string[] = [];
    const master: HandoffMaster = new HandoffMaster({
      clock: new FakeClock(),
      startSlave: () => log.push('start'),
      onMigration: (outcome) => outcomes.push(outcome),
    });
    const old = slaveOf(() => master, recorded('old', log));
    const next = slaveOf(() => master, recorded('new', log));
    master.receive({ type: 'slaveHello', Running: false }, old);
    await turn();
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    expect(log).toEqual(wholeStory);
    expect(outcomes).toEqual(['moved']);
    expect(master.main).toBe(next);
  });

  it('moves every shard of several before it shuts the old slave down', async () => {
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({ clock: new FakeClock(), startSlave: () => undefined, shards: 3 });
    const old = slaveOf(() => master, recorded('old', log));
    const next = slaveOf(() => master, recorded('new', log));
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    expect(log.filter((line) => /stops|resumes|shuts/.test(line))).toEqual([
      'old stops 0',
      'new resumes 0 session-0 7',
      'old stops 1',
      'new resumes 1 session-1 8',
      'old stops 2',
      'new resumes 2 session-2 9',
      'old shuts down',
    ]);
  });

  it('gives a stopped shard back to the old slave when the new one is lost', async () => {
    const log: string[] = [];
    const outcomes: string[] = [];
    const master: HandoffMaster = new HandoffMaster({
      clock: new FakeClock(),
      startSlave: () => undefined,
      onMigration: (outcome, because) => outcomes.push(`${outcome}: ${because}`),
    });
    const old = slaveOf(() => master, recorded('old', log));
    const next = slaveOf(() => master, recorded('new', log), ['resume']);
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    master.closed(next);
    await turn();
    expect(log.slice(-2)).toEqual(['new hears {"players":["al"]}', 'old resumes 0 session-0 7']);
    expect(outcomes).toEqual(['abandoned: the new slave is gone']);
    expect(master.main).toBe(old);
  });

  it('starts the new slave cold when the old one dies with the shard in hand', async () => {
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({ clock: new FakeClock(), startSlave: () => undefined });
    const old = slaveOf(() => master, recorded('old', log), ['stopShard']);
    const next = slaveOf(() => master, recorded('new', log));
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    master.closed(old);
    await turn();
    expect(log.at(-1)).toBe('new full start');
    expect(master.main).toBe(next);
  });

  it('gives up when a step takes too long', async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({ clock, startSlave: () => undefined, stepTimeoutMs: 1_000 });
    const old = slaveOf(() => master, recorded('old', log), ['shardMigrationStart']);
    const next = slaveOf(() => master, recorded('new', log));
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    await clock.advance(1_000);
    await turn();
    expect(log.at(-1)).toBe('new shuts down');
    expect(master.state).toBe('idle');
  });

  it('starts a slave when none was seen for 15 seconds, again and again until one comes', async () => {
    const clock = new FakeClock();
    let started = 0;
    const master: HandoffMaster = new HandoffMaster({ clock, startSlave: () => { started++; } });
    master.start();
    await clock.advance(14_999);
    expect(started).toBe(0);
    await clock.advance(1);
    await clock.advance(15_000);
    expect(started).toBe(2);
    master.receive({ type: 'slaveHello', Running: true }, slaveOf(() => master, recorded('late', [])));
    await clock.advance(60_000);
    expect(started).toBe(2);
    master.stop();
  });

  it.each(migrationStates.flatMap((state) => migrationEvents.map((event) => [state, event] as const)))(
    'decides %s × %s',
    (state, event) => {
      const decision = migrationTable[state][event];
      expect(decision === 'ignored' || migrationStates.includes(decision.to)).toBe(true);
    },
  );

  it.each(migrationStates.flatMap((state) => migrationEvents.map((event) => [state, event] as const)))(
    'reports the outcome if %s by %s ends the migration',
    (state, event) => {
      const decision = migrationTable[state][event];
      if (decision !== 'ignored' && decision.to === 'idle') {
        expect(['finish', 'giveBack', 'abandon', 'coldStartNext']).toContain(decision.does);
      }
    },
  );

  it('ignores messages that come out of turn', async () => {
    const sent: Message[] = [];
    const master = new HandoffMaster({ clock: new FakeClock(), startSlave: () => undefined });
    const only = { send: (message: Message) => { sent.push(message); return true; } };
    master.receive({ type: 'slaveHello', Running: true }, only);
    for (const type of ['softStartComplete', 'shutdown', 'shardStopped'] as const) master.receive({ type }, only);
    master.receive({
      type: 'resume',
      Shard: 9,
      SessionID: 'x',
      Sequence: 1,
    }, only);
    expect(sent).toEqual([]);
    expect(master.state).toBe('idle');
  });

  it('keeps a slave\'s messages until its connection is back', async () => {
    const sent: Message['type'][] = [];
    let isConnected = false;
    const slave = new HandoffSlave({
      duties: recorded('slave', []),
      send: (message) => {
        if (isConnected) sent.push(message.type);
        return isConnected;
      },
    });
    slave.receive({ type: 'softStart' });
    slave.receive({ type: 'stopShard', Shard: 0, SessionID: '', Sequence: 0 });
    await turn();
    expect(sent).toEqual([]);
    isConnected = true;
    slave.connected();
    expect(sent).toEqual(['softStartComplete', 'guildState', 'stopShard']);
  });
});

describe('a handoff over TCP', () => {
  let server: Server;
  const links: Link[] = [];

  afterEach(async () => {
    await Promise.all(links.splice(0).map((link) => link.stop()));
    server.close();
    await once(server, 'close');
  });

  it('runs between processes that share only the frames', async () => {
    const log: string[] = [];
    let moved!: () => void;
    const done = new Promise<void>((resolve) => { moved = resolve; });
    const clock = new FakeClock();
    const master = new HandoffMaster({ clock, startSlave: () => undefined, onMigration: () => moved() });
    server = createServer(
      (socket) =>
        new Peer(socket, {
          onMessage: (message, peer) => master.receive(message, peer),
          onClose: (peer) => master.closed(peer),
        }),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // a TCP server has one
    const join = (name: string): Promise<void> => new Promise((resolve) => {
      const link: Link = new Link(
        { host: '127.0.0.1', port },
        {
          greet: () => [{ type: 'slaveHello', Running: false }],
          onMessage: (message) => {
            slave.receive(message);
            if (message.type === 'fullStart' || message.type === 'softStart') resolve();
          },
        },
      );
      const slave: HandoffSlave = new HandoffSlave({
        duties: recorded(name, log),
        send: (message) => link.send(message),
      });
      links.push(link);
      link.start();
    });
    await join('old');
    await join('new');
    await done;
    expect(log.filter((line) => line !== 'new full start')).toEqual([
      'old full start',
      'new soft start',
      'old migrates from',
      'new migrates to',
      'old stops 0',
      'new hears {"players":["al"]}',
      'new resumes 0 session-0 7',
      'old shuts down',
    ]);
  });
});
