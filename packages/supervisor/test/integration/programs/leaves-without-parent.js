// Detached; ends when its parent is gone, which it writes into a file.
const { writeFileSync } = require('node:fs');
const { HeartbeatWriter } = require(process.argv[2]);
HeartbeatWriter.start({
  intervalMs: 20,
  onParentLost: () => {
    writeFileSync(process.argv[3], 'lost');
    process.exit(0);
  },
});
setInterval(() => {}, 1000);
