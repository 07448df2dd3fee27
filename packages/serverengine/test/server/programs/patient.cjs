// A server of one worker. The worker logs when it runs, and takes as long to stop as it is told. The argument is its
// configuration as JSON.
const { createServer: createHttpServer } = require('node:http');
const { createServer, createLogger, Worker } = require('../../../dist');

class Patient extends Worker {
  async run() {
    this.logger.info({ event: 'runs', pid: process.pid });
    if (this.config.exitsWith !== undefined) process.exit(this.config.exitsWith);
    if (this.config.listens) await this.server.sockets.listen(createHttpServer(), { protocol: 'tcp', port: 0 });
    this.timer = setInterval(() => undefined, 1000);
    await new Promise((resolve) => (this.end = resolve));
    clearInterval(this.timer);
    this.logger.info({ event: 'ends' });
  }

  stop() {
    this.logger.info({ event: 'asked' });
    if (!this.config.isDeaf) setTimeout(() => this.end(), 1000 * (this.config.takes ?? 0));
  }

  reload() {
    this.logger.info({ event: 'reloaded' });
  }
}

module.exports = Patient;

if (require.main === module) {
  const { givesObject, withWinston, ...rest } = JSON.parse(process.argv[2] ?? '{}');
  void createServer(null, givesObject ? new Object({ run() {} }) : __filename, {
    log: 'myserver.log',
    workerType: 'process',
    ...rest,
    ...(withWinston && { loggerClass: createLogger }),
  }).run();
}
