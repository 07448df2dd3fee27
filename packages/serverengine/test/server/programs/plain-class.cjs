const { createServer } = require('../../../dist');

/** A worker that extends nothing. It says once what it has, and is then told to stop. */
class Plain {
  run() {
    const { workerId, logger, config, server } = this;
    this.logger = logger; // its own from now on
    const types = [typeof workerId, typeof logger.info, typeof config.workerType, typeof server.pid];
    console.log(`has ${[config.workerType, workerId, ...types].join(' ')}`);
    return new Promise((resolve) => { this.end = resolve; this.alive = setInterval(() => undefined, 1000); });
  }

  stop() {
    clearInterval(this.alive);
    this.end();
  }
}

/** A server that extends nothing. */
class PlainServer {
  beforeRun() {
    console.log(`server has ${typeof this.logger.info} ${typeof this.config.workerType} ${typeof this.shared}`);
  }
}

module.exports = Plain;
const [, , workerType] = process.argv;
if (require.main === module) {
  const worker = workerType === 'embedded' ? Plain : __filename;
  void createServer(PlainServer, worker, { workerType }).run();
}
