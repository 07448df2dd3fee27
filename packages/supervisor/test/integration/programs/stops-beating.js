// Hangs in a busy loop after its first beats.
const { HeartbeatSender } = require(process.argv[2]);
HeartbeatSender.start({ intervalMs: 10 });
setTimeout(() => { for (;;); }, 100);
