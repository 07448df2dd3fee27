import { HandoffMaster } from '../../src/index.js';
import { FakeClock, startStopContract } from '../../src/testing/index.js';
import { recorded, slaveOf, turn } from './slaves.js';

describe('a master', () => {
  it.each(startStopContract(() => {
    const clock = new FakeClock();
    return { part: new HandoffMaster({ clock, startSlave: () => undefined }), running: () => clock.sleeping };
  }))('%s', (_rule, keeps) => keeps());

  it('counts 15 seconds without a slave, even if other connections end meanwhile', async () => {
    const clock = new FakeClock();
    let started = 0;
    const master: HandoffMaster = new HandoffMaster({ clock, startSlave: () => { started++; } });
    master.start();
    for (let i = 0; i < 3; i++) {
      await clock.advance(5_000);
      master.closed({ send: () => true });
    }
    expect(started).toBe(1);
    master.stop();
  });

  it('starts no slave after it was stopped', async () => {
    const clock = new FakeClock();
    let started = 0;
    const master: HandoffMaster = new HandoffMaster({ clock, startSlave: () => { started++; } });
    const only = slaveOf(() => master, recorded('only', []));
    master.receive({ type: 'slaveHello', Running: true }, only);
    master.stop();
    master.closed(only);
    await clock.advance(60_000);
    expect(started).toBe(0);
  });

  it('migrates nothing while there is no slave, and starts the first one cold', async () => {
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({ clock: new FakeClock(), startSlave: () => undefined });
    expect(master.migrate()).toBe(false);
    master.receive({ type: 'slaveHello', Running: false }, slaveOf(() => master, recorded('first', log)));
    await turn();
    expect(log).toEqual(['first full start']);
  });

  it('does not take a slave that says hello twice for its own successor', async () => {
    const clock = new FakeClock();
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({ clock, startSlave: () => undefined });
    const only = slaveOf(() => master, recorded('only', log));
    for (let i = 0; i < 2; i++) master.receive({ type: 'slaveHello', Running: false }, only);
    await turn();
    await clock.advance(60_000);
    await turn();
    expect(log).toEqual(['only full start', 'only full start']);
    expect(master.main).toBe(only);
  });

  it('sends a third slave away, and ignores what it says', async () => {
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({ clock: new FakeClock(), startSlave: () => undefined });
    const old = slaveOf(() => master, recorded('old', log), ['stopShard']);
    const next = slaveOf(() => master, recorded('new', log));
    const third = slaveOf(() => master, recorded('third', log));
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.receive({ type: 'slaveHello', Running: false }, next);
    master.receive({ type: 'slaveHello', Running: false }, third);
    await turn();
    master.receive({ type: 'guildState', GuildState: 'forged' }, third);
    master.receive({
      type: 'stopShard',
      Shard: 0,
      SessionID: 'forged',
      Sequence: 1,
    }, third);
    await turn();
    expect(log).toEqual(['new soft start', 'third shuts down', 'old migrates from', 'new migrates to']);
    expect(master.state).toBe('stopping');
    master.stop();
  });
});

describe('a migration', () => {
  it('is over when the old slave dies before the new one says hello, and that one starts cold', async () => {
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({
      clock: new FakeClock(),
      startSlave: () => undefined,
      onMigration: (outcome) => log.push(outcome),
    });
    const old = slaveOf(() => master, recorded('old', log));
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.migrate();
    master.closed(old);
    master.receive({ type: 'slaveHello', Running: false }, slaveOf(() => master, recorded('new', log)));
    await turn();
    expect(log).toEqual(['abandoned', 'new full start']);
    master.stop();
  });

  it('is over when the new slave dies while the old one is about to end', async () => {
    const log: string[] = [];
    const master: HandoffMaster = new HandoffMaster({
      clock: new FakeClock(),
      startSlave: () => undefined,
      onMigration: (outcome) => log.push(outcome),
    });
    const old = slaveOf(() => master, recorded('old', []), ['shutdown']);
    const next = slaveOf(() => master, recorded('new', []));
    master.receive({ type: 'slaveHello', Running: true }, old);
    master.receive({ type: 'slaveHello', Running: false }, next);
    await turn();
    expect(master.state).toBe('ending');
    master.closed(next);
    expect(log).toEqual(['abandoned']);
    master.stop();
  });
});
