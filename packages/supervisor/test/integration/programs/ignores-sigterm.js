// Beats, and ignores every signal that asks it to leave.
const { HeartbeatSender } = require(process.argv[2]);
for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGHUP']) process.on(signal, () => {});
HeartbeatSender.start({ intervalMs: 20 });
setInterval(() => {}, 1000);
