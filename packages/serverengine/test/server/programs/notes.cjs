// A server that logs which of its hooks are called, and where. It reads its configuration from config.json. A worker's
// `stop` blocks its thread for `blocks` seconds. With `endsWith` the end of the process is full of that signal.
const { readFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');
const { createServer, Server, Worker } = require('../../../dist');

const where = () => `${isMainThread ? '' : 'thread of '}${process.pid}`;

class NotedServer extends Server {
  initialize() { this.logger.info({ event: 'server.initialize', where: where() }); }
  beforeRun() { this.logger.info({ event: 'server.beforeRun' }); }
  afterRun() {
    this.logger.info({ event: 'server.afterRun' });
    if (this.config.endsWith) process.once('exit', () => process.kill(process.pid, this.config.endsWith));
  }
  dump() { this.logger.info({ event: 'server.dump', where: where() }); super.dump(); }
}

class NotedWorker extends Worker {
  initialize() { this.logger.info({ event: 'worker.initialize', id: this.workerId, where: where() }); }
  async run() {
    const timer = setInterval(() => undefined, 1000);
    this.logger.info({ event: 'worker.runs', id: this.workerId, where: where() });
    await new Promise((resolve) => { this.end = resolve; });
    clearInterval(timer);
  }
  stop() {
    this.logger.info({ event: 'worker.stop', id: this.workerId });
    if (this.config.blocks) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000 * this.config.blocks);
    this.end();
  }
  spawn(manager) {
    const traps = { all: "trap '' TERM QUIT; ", term: "trap 'echo worker.stop; exit 0' TERM; " };
    const trap = this.config.ignoresAll ? traps.all : this.config.saysStop ? traps.term : '';
    manager.spawn('sh', '-c', `${trap}echo worker.runs id=${this.workerId} where=$$; while :; do sleep 0.05; done`);
  }
}

module.exports = NotedWorker;

if (require.main === module) {
  const config = () => ({ log: 'myserver.log', ...JSON.parse(readFileSync('config.json', 'utf8')) });
  void createServer(NotedServer, __filename, config).run();
}
