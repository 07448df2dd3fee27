'use strict';
// Bare BullMQ: notes when each job gets to its processor. Arguments: the connection as JSON, and the queue's name.
const { createRequire } = require('node:module');
const { join } = require('node:path');
const { Worker } = createRequire(join(__dirname, '..', '..', 'packages', 'queue', 'package.json'))('bullmq');

const arrivals = {};
const worker = new Worker(process.argv[3], (job) => {
  arrivals[job.data.line] = String(process.hrtime.bigint());
  return Promise.resolve({ done: true });
}, { connection: { ...JSON.parse(process.argv[2]), maxRetriesPerRequest: null }, concurrency: 50 });

worker.waitUntilReady().then(() => process.send({ ready: true }));
process.on('message', () => process.send({ arrivals }));
process.on('disconnect', () => process.exit(0));
