import { readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { asPinkyError } from '@pinky/protocol';
import { holdPidFile, readStat } from '@pinky/supervisor';
import { becomeUser, resolveCredentials } from '../../src/daemonize/credentials.js';
import { takeDaemonReport } from '../../src/daemonize/daemon-status.js';
import { launchDaemon } from '../../src/daemonize/launch-daemon.js';

/** Launches itself as a daemon, which writes down facts about itself: `mode pidFile notes user group umask`. */
const [mode = '', pidFile = '', notes = '', user, group, umask] = process.argv
  .slice(2)
  .map((text) => (text === '-' ? undefined : text));

function daemon(report: NonNullable<ReturnType<typeof takeDaemonReport>>): void {
  if (mode === 'dies') process.exit(1);
  if (mode === 'throws') throw new Error('init failure');
  try {
    holdPidFile(pidFile);
    becomeUser(resolveCredentials({ user, group, umask: umask === undefined ? undefined : Number(umask) }));
  } catch (error) {
    report.failed(asPinkyError(error));
    process.exit(1);
  }
  const status = readFileSync('/proc/self/status', 'utf8');
  writeFileSync(
    notes,
    JSON.stringify({
      pid: process.pid,
      parent: readStat(process.pid)?.parent,
      session: readStat(process.pid)?.session,
      cwd: process.cwd(),
      streams: [0, 1, 2].map((fd) => readlinkSync(`/proc/self/fd/${fd}`)),
      umask: process.umask(),
      uid: process.getuid?.(),
      gid: process.getgid?.(),
      groups: /^Groups:\s*(.*?)\s*$/m.exec(status)?.[1],
      hasMark: Object.keys(process.env).some((name) => name.startsWith('PINKY_DAEMON')),
    }),
  );
  process.once('SIGTERM', () => process.exit());
  setInterval(() => undefined, 60_000);
  report.ready();
}

const report = takeDaemonReport();
if (report) daemon(report);
else {
  launchDaemon().then(
    (pid) => console.log(pid),
    (error: Error) => {
      console.error(error.message);
      process.exitCode = 11;
    },
  );
}
