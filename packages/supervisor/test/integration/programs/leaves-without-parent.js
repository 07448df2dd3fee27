// Detached. Says when it would notice the end of its parent. When that comes, writes a file and leaves.
const { writeFileSync } = require('node:fs');
const { HeartbeatSender } = require(process.argv[2]);
HeartbeatSender.start({
  intervalMs: 20,
  onParentLost: () => {
    writeFileSync(process.argv[3], 'lost');
    process.exit(0);
  },
});
console.log('watches its parent');
setInterval(() => {}, 1000);
