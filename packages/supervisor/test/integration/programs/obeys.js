// Beats once it listens, and leaves with the exit code that the signal stands for.
const { HeartbeatWriter, installSignals } = require(process.argv[2]);
installSignals({ SIGTERM: () => process.exit(0), SIGHUP: () => process.exit(3), SIGUSR1: () => process.exit(7) });
HeartbeatWriter.start({ intervalMs: 20 });
setInterval(() => {}, 1000);
