// The simplest server: one worker, which runs in the server itself. TERM stops it.
import { createServer } from '@pinky/serverengine';

void createServer(null, {
  async run() {
    while (!this['isStopped']) {
      this.logger.info({ event: 'Awesome work!' });
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  },
  stop() {
    this['isStopped'] = true;
  },
}, {
  daemonize: process.env['DAEMONIZE'] === '1',
  log: 'myserver.log',
  pidPath: 'myserver.pid',
}).run();
