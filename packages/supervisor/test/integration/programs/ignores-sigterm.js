const { HeartbeatWriter } = require(process.argv[2]);
for (const signal of ['SIGTERM', 'SIGQUIT', 'SIGHUP']) process.on(signal, () => {});
HeartbeatWriter.start({ intervalMs: 20 });
setInterval(() => {}, 1000);
