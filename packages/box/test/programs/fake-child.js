// A worker or queue without a game: it says hello, obeys as Pinky's own do, and writes down what happens to it.
const { appendFileSync, existsSync, mkdirSync, rmSync } = require('node:fs');
const path = require('node:path');
const { boxPaths, HandoffSlave, Link, PinkyError, sayLastWords, systemClock } = require('@pinky/protocol');
const { FileLock, HeartbeatSender, holdSignals, identify } = require('@pinky/supervisor/child');

exports.run = function run(role) {
  const held = holdSignals();
  const home = process.env.PINKY_HOME;
  const serverId = role === 'worker' ? process.argv[2] : undefined;
  const name = serverId ? `worker-${serverId}` : role;
  const say = (what) => appendFileSync(path.join(home, 'trace'), `${name} ${process.pid} ${what}\n`);
  const folder = path.join(home, 'servers', serverId ?? 'none');
  const trouble = (what) => existsSync(path.join(home, `${what}-${name}`));

  mkdirSync(path.join(home, 'locks'), { recursive: true });
  if (process.env.PINKY_SUCCESSOR && !trouble('no-successor')) return succeed();
  const lock = FileLock.take(path.join(home, 'locks', name));
  if (!lock) { say('occupied'); process.exit(4); }
  if (trouble('fail')) {
    sayLastWords(new PinkyError('bad_option', `${name} cannot read its file`, { remedy: 'mend the file' }));
    process.exit(1);
  }
  if (trouble('crash')) { say('crashes'); process.exit(1); }
  HeartbeatSender.start({ intervalMs: 50 });
  const leave = (code) => {
    say(`leaves ${code}`);
    link.send({ type: 'status', status: null });
    setTimeout(() => process.exit(code), 5);
  };
  const link = new Link({ path: boxPaths(home).supervisorSocket }, {
    greet: () => {
      const hello = [
        {
          type: 'identify',
          role,
          pid: process.pid,
          startTime: identify(process.pid).startTime,
          version: '1',
          ...(serverId && { serverId }),
        },
        { type: 'slaveHello', Running: true },
      ];
      return serverId
        ? [
            ...hello,
            {
              type: 'status',
              status: {
                serverId,
                game: 'fake',
                state: 'up',
                wanted: 'up',
                since: systemClock.wallNow(),
                isBackingUp: false,
                players: ['eve'],
                restarts: 0,
              },
            },
          ]
        : hello;
    },
    onMessage: (message) => { if (!trouble('deaf')) slave.receive(message); },
    onRequest: async (method) => {
      say(`asked ${method}`);
      while (trouble('slow-drain')) await systemClock.sleep(20);
      return {};
    },
  });
  const slave = new HandoffSlave({
    send: (message) => link.send(message),
    duties: {
      softStart: async () => {},
      fullStart: async () => {},
      guildState: () => {},
      migrationStart: async (_from, shards) => shards,
      stopShard: async () => { say('hands over'); lock.release(); return { SessionID: 'run', Sequence: 7 }; },
      resume: async () => { say('is given back'); leave(3); },
      shutdown: async () => leave(3),
    },
  });
  const end = (signal) => () => {
    say(signal);
    if (signal === 'TERM' && trouble('stubborn')) return;
    if (signal === 'TERM' && trouble('dies-once')) { rmSync(path.join(home, `dies-once-${name}`)); process.exit(9); }
    if (serverId) rmSync(folder, { recursive: true, force: true });
    leave(0);
  };
  if (serverId) mkdirSync(folder, { recursive: true });
  if (trouble('hangs')) {
    link.start();
    setTimeout(() => {
      rmSync(path.join(home, `hangs-${name}`));
      for (;;);
    }, 300);
  }
  link.start();
  held.obey({
    SIGTERM: end('TERM'),
    SIGQUIT: end('QUIT'),
    SIGHUP: () => leave(3),
    SIGUSR2: () => say('USR2'),
    SIGCONT: () => say('CONT'),
  });
  say('started');

  /** Waits beside the worker whose place it is to take, then becomes one. */
  function succeed() {
    say('boots');
    const link = new Link(
      { path: boxPaths(home).supervisorSocket },
      {
        greet: () => [
          {
            type: 'identify',
            role,
            pid: process.pid,
            startTime: identify(process.pid).startTime,
            version: '1',
            serverId,
            isSuccessor: true,
          },
          { type: 'slaveHello', Running: false },
        ],
        onMessage: (message) => slave.receive(message),
      },
    );
    const slave = new HandoffSlave({
      send: (message) => link.send(message),
      duties: {
        softStart: async () => { if (trouble('dies-in-handoff')) { say('dies'); process.exit(9); } },
        fullStart: async () => link.stop(),
        guildState: () => {},
        migrationStart: async (_from, shards) => shards,
        stopShard: async () => ({ SessionID: '', Sequence: 0 }),
        resume: async (_shard, { SessionID, Sequence }) => {
          say(`resumes ${SessionID} ${Sequence}`);
          delete process.env.PINKY_SUCCESSOR;
          held.release();
          run(role);
        },
        shutdown: async () => process.exit(3),
      },
    });
    const begin = () => (trouble('slow-boot') ? setTimeout(begin, 10) : link.start());
    begin();
  }
};
