// Workers can be programs of any kind. This one is a shell script that works until TERM.
import { createServer, type ProcessManager } from '@pinky/serverengine';

const script = 'trap "echo bye; exit 0" TERM; while true; do echo "Awesome work by $WORKER!"; sleep 0.2; done';

void createServer(null, {
  spawn(processManager: ProcessManager) {
    processManager.spawn({ WORKER: String(this.workerId) }, 'sh', '-c', script);
  },
}, { workerType: 'spawn', workers: 2, log: 'myserver.log' }).run();
