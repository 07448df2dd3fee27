// Beats once it can be signalled, and leaves with an exit code for each signal.
const { HeartbeatSender, holdSignals } = require(process.argv[2]);
holdSignals().obey({ SIGTERM: () => process.exit(0), SIGHUP: () => process.exit(3), SIGUSR1: () => process.exit(7) });
HeartbeatSender.start({ intervalMs: 20 });
setInterval(() => {}, 1000);
