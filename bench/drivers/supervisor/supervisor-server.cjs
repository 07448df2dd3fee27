// @pinky/supervisor with one worker for each game. The argument is a file with { type, home, games, ladderMs,
// isFastest }.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { createServer } = require('../../../packages/supervisor');

const { type, home, games, ladderMs, isFastest } = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const spawnWorker = {
  spawn(manager) {
    const { argv, log } = this.config.games[this.workerId];
    manager.spawn(...argv, { output: log });
  },
};

// Worker processes end their games themselves, and must live until they have.
const ladder =
  ladderMs === null || type === 'process'
    ? {}
    : {
        workerGracefulKillInterval: ladderMs / 1000,
        workerGracefulKillTimeout: 0,
        workerImmediateKillInterval: 0,
        workerImmediateKillTimeout: 0,
      };

createServer(null, type === 'spawn' ? spawnWorker : join(__dirname, 'supervisor-worker.cjs'), {
  workerType: type,
  workers: games.length,
  games,
  ladderMs,
  log: join(home, 'server.log'),
  ...ladder,
  ...(isFastest && { restartWorkerInterval: 0 }),
  workerNodeOptions: ['--max-semi-space-size=1', '--max-old-space-size=64'],
}).run();
