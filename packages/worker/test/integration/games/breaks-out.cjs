// Tries to get at what is not its own, and says how each attempt went: one event `info` for each.
'use strict';
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const net = require('node:net');

const { home, servers, worker, neighbour, redis } = JSON.parse(process.env.TARGETS);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const told = (what, outcome) => say({ event: 'info', kind: 'attempt', message: what, outcome: String(outcome) });

function attempt(what, action) {
  try {
    told(what, `done: ${String(action()).slice(0, 60)}`);
  } catch (error) {
    told(what, error.code ?? error.message);
  }
}

const run = (...command) => execFileSync(command[0], command.slice(1), { stdio: 'pipe' });

attempt('read the configuration', () => fs.readFileSync(`${home}/effective.json`));
attempt('list the home', () => fs.readdirSync(home));
attempt('list the servers', () => fs.readdirSync(servers));
attempt("read another server's world", () => fs.readFileSync(`${servers}/two/working/world`));
attempt("write another server's world", () => fs.writeFileSync(`${servers}/two/working/world`, 'mine'));
attempt('read its own record', () => fs.readFileSync(`${servers}/one/server.json`));
attempt('write beside its folder', () => fs.writeFileSync(`${servers}/one/mine`, 'x'));
attempt('change its datafile', () => fs.writeFileSync(process.env.DATAFILE, '{}'));
attempt('change its funpack', () => fs.writeFileSync(`${process.env.FUNPACK}/bin/run`, 'x'));
attempt('change the system', () => fs.writeFileSync('/etc/pinky-was-here', 'x'));
attempt('read passwords of the system', () => fs.readFileSync('/etc/shadow'));
attempt('link a file of the home', () => fs.linkSync(`${home}/effective.json`, 'linked'));
attempt('link a file of the system', () => fs.linkSync('/etc/passwd', 'linked-passwd'));
attempt('link its datafile', () => fs.linkSync(process.env.DATAFILE, 'linked-datafile'));
attempt('link its funpack', () => fs.linkSync(`${process.env.FUNPACK}/bin/run`, 'linked-run'));
attempt('link its record', () => fs.linkSync(`${servers}/one/server.json`, 'linked-record'));
attempt('end its worker', () => process.kill(worker, 0));
attempt('end another game', () => process.kill(neighbour, 0));
attempt("read another game's environment", () => fs.readFileSync(`/proc/${neighbour}/environ`));
attempt("go to another game's root", () => fs.readdirSync(`/proc/${neighbour}/root/`));
attempt('go to the root of the first process', () => fs.readdirSync('/proc/1/root/'));
attempt('mount something', () => run('mount', '-t', 'tmpfs', 'x', '/tmp'));
attempt('become root by a file of root', () => {
  if (run('./planted-id', '-u').toString().trim() === '0') return 'root';
  throw new Error('still itself');
});
attempt('trace its worker', () => run('dd', `if=/proc/${worker}/mem`, 'bs=1', 'count=1', 'of=/dev/null'));
attempt('read a device', () => fs.closeSync(fs.openSync('/dev/vda', 'r')));
attempt('raise itself', () => fs.writeFileSync('/proc/self/oom_score_adj', '-1000'));
attempt('make a user namespace', () => run('unshare', '--user', '--map-root-user', 'true'));

const facts = {
  uid: process.getuid(),
  name: require('node:os').userInfo().username,
  capabilities: /^CapEff:\s*(\w+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1],
  noNewPrivileges: /^NoNewPrivs:\s*(\d)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))[1],
  processes: fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length,
  tmp: fs.readdirSync('/tmp').length,
  owner: fs.statSync('.').uid,
  data: JSON.parse(fs.readFileSync(process.env.DATAFILE, 'utf8')).serverId,
  world: fs.existsSync('world') ? fs.readFileSync('world', 'utf8') : '',
};
fs.writeFileSync('world', 'mine');
say({ event: 'info', kind: 'facts', ...facts });

const sockets = [`${home}/supervisor.sock`, `${home}/queue.sock`, redis];
let left = sockets.length;
for (const path of sockets) {
  const socket = net.connect(path);
  const end = (outcome) => {
    told(`talk to ${path.slice(home.length + 1)}`, outcome);
    socket.destroy();
    left -= 1;
    if (left === 0) say({ event: 'started' });
  };
  socket.once('connect', () => end('done: it answers'));
  socket.once('error', (error) => end(error.code));
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'stop') process.exit(0);
});
