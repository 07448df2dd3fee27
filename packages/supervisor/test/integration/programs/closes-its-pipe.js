// Takes its heartbeat pipe, closes it, and goes on.
const { HeartbeatSender } = require(process.argv[2]);
const heartbeat = HeartbeatSender.start({ intervalMs: 10 });
setTimeout(() => heartbeat.stop(), 50);
setInterval(() => {}, 1000);
