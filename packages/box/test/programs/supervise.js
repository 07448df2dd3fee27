// The supervisor with fake children: node supervise.js <its compiled module>.
const { appendFileSync, readFileSync } = require('node:fs');
const path = require('node:path');
const { runBoxSupervisor } = require(process.argv[2]);

const home = process.env.PINKY_HOME;
const program = (name) => path.join(__dirname, name);
const config = () => JSON.parse(readFileSync(path.join(home, 'effective.json'), 'utf8'));
runBoxSupervisor(config(), {
  programs: {
    worker: program('fake-worker.js'),
    queue: program('fake-queue.js'),
    webhooks: program('fake-webhooks.js'),
    redisServer: 'redis-server',
  },
  reloadConfig: async () => config(),
  dump: () => appendFileSync(path.join(home, 'trace'), 'supervisor dumped\n'),
  queueDrainMs: 1_000,
}).then(
  (code) => process.exit(code),
  (error) => { process.stderr.write(`${error.code}: ${error.message}\n`); process.exit(4); },
);
