// Hangs in a busy loop after its first beats.
const { HeartbeatWriter } = require(process.argv[2]);
HeartbeatWriter.start({ intervalMs: 10 });
setTimeout(() => { for (;;); }, 100);
