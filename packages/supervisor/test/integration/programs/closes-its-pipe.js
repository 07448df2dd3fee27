// Takes its heartbeat pipe, closes it, and goes on.
const { HeartbeatWriter } = require(process.argv[2]);
const writer = HeartbeatWriter.start({ intervalMs: 10 });
setTimeout(() => writer.stop(), 50);
setInterval(() => {}, 1000);
