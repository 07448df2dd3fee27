// A server whose worker is the module that the configuration names. It reads its configuration from config.json.
const { readFileSync } = require('node:fs');
const { createServer } = require('../../../dist');

const { worker, ...config } = JSON.parse(readFileSync('config.json', 'utf8'));
const server = {
  beforeRun() { this.logger.info({ event: 'server.beforeRun' }); },
  // for ever, with an argument
  afterStart() { return process.argv[2] === undefined ? undefined : new Promise(() => undefined); },
};
void createServer(server, worker, {
  log: 'myserver.log',
  pidPath: 'pid',
  ...config,
}).run();
