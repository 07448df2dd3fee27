// A server of two spawned programs, which write down their pids: `configuration as JSON`.
const { join } = require('node:path');
const { createServer } = require('../../../dist');

const worker = {
  spawn(manager) {
    manager.spawn('sh', '-c', 'echo $$ >>"$0"; exec sleep 1000', join(process.cwd(), 'started'), {
      output: '/dev/null',
    });
  },
};
void createServer(null, worker, {
  log: 'myserver.log',
  workerType: 'spawn',
  workers: 2,
  ...JSON.parse(process.argv[2] ?? '{}'),
}).run();
