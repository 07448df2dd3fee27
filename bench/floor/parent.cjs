'use strict';
// The lower bound of Pinky's shape: a Node parent that forks one Node worker for each game. It has no queue, no Redis
// and no schema, and writes nothing down.
const { fork } = require('node:child_process');
const { join } = require('node:path');

const workers = new Map();

function launch(game) {
  const worker = fork(join(__dirname, 'worker.cjs'), [], { execArgv: [] });
  const entry = { worker, isDone: false };
  workers.set(game.id, entry);
  worker.send({ start: game });
  worker.on('message', (message) => {
    if (message.stopped !== undefined) entry.isDone = true;
    process.send(message);
  });
  worker.on('exit', () => {
    workers.delete(game.id);
    if (!entry.isDone) launch(game);
  });
}

process.on('message', (message) => {
  if (message.start) for (const game of message.start) launch(game);
  else if (message.count) for (const { worker } of workers.values()) worker.send(message);
  else workers.get(message.to)?.worker.send(message);
});
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
