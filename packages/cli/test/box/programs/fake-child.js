// A worker or queue without a game: it says hello, obeys as Pinky's own do, and writes down what happens to it.
const { appendFileSync, existsSync, mkdirSync, rmSync } = require('node:fs');
const path = require('node:path');
const { boxPaths, Link, systemClock } = require('@pinky/protocol');
const { FileLock, HeartbeatWriter, holdSignals, identify } = require('@pinky/supervisor/child');

exports.run = function run(role) {
  const held = holdSignals();
  const home = process.env.PINKY_HOME;
  const serverId = role === 'worker' ? process.argv[2] : undefined;
  const name = serverId ? `worker-${serverId}` : role;
  const say = (what) => appendFileSync(path.join(home, 'trace'), `${name} ${process.pid} ${what}\n`);
  const folder = path.join(home, 'servers', serverId ?? 'none');
  const trouble = (what) => existsSync(path.join(home, `${what}-${name}`));

  mkdirSync(path.join(home, 'locks'), { recursive: true });
  if (!FileLock.take(path.join(home, 'locks', name))) { say('occupied'); process.exit(4); }
  if (trouble('crash')) { say('crashes'); process.exit(1); }
  HeartbeatWriter.start({ intervalMs: 50 });
  const leave = (code) => { say(`leaves ${code}`); link.send({ type: 'status', status: null }); setTimeout(() => process.exit(code), 5); };
  const link = new Link({ path: boxPaths(home).supervisorSocket }, {
    greet: () => {
      const hello = [
        { type: 'identify', role, pid: process.pid, startTime: identify(process.pid).startTime, version: '1', ...(serverId && { serverId }) },
        { type: 'slaveHello', Running: true },
      ];
      return serverId ? [...hello, { type: 'status', status: { serverId, game: 'fake', state: 'up', wanted: 'up', since: systemClock.wallNow(), isBackingUp: false, players: ['eve'], restarts: 0 } }] : hello;
    },
    onMessage: (message) => { if (message.type === 'shutdown' && !trouble('deaf')) leave(3); },
    onRequest: async (method) => {
      say(`asked ${method}`);
      while (trouble('slow-drain')) await systemClock.sleep(20);
      return {};
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
  if (trouble('hangs')) { link.start(); setTimeout(() => { rmSync(path.join(home, `hangs-${name}`)); for (;;); }, 300); }
  link.start();
  held.obey({ SIGTERM: end('TERM'), SIGQUIT: end('QUIT'), SIGHUP: () => leave(3), SIGUSR2: () => say('USR2'), SIGCONT: () => say('CONT') });
  say('started');
};
