// A worker that runs one game, and runs it again when it dies. The output goes straight to a file.
const { spawn } = require('node:child_process');
const { once } = require('node:events');
const { openSync } = require('node:fs');

module.exports = {
  async run() {
    const { argv: [command, ...args], log } = this.config.games[this.workerId];
    const output = openSync(log, 'a');
    while (!this.isStopped) {
      this.game = spawn(command, args, { stdio: ['ignore', output, output] });
      await once(this.game, 'exit');
    }
  },
  stop() {
    this.isStopped = true;
    this.game?.kill('SIGTERM');
    if (this.config.ladderMs !== null) setTimeout(() => this.game?.kill('SIGKILL'), this.config.ladderMs);
  },
};
