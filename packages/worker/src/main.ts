import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FileLock, HeartbeatWriter, holdSignals } from '@pinky/supervisor/child';
import { assertServerId, boxPaths, logLevels, systemClock, type BoxConfig, type LogLevel } from '@pinky/protocol';
import { fileLogger } from './logger.js';
import { exitCodes, Worker } from './worker.js';

const held = holdSignals(); // first of all: until a listener is there, USR1 opens Node's debugger

/** The program: `worker.cjs <server id> <padding>`, with `PINKY_HOME` in its environment. */
async function main(): Promise<void> {
  const serverId = process.argv[2];
  assertServerId(serverId);
  const home = process.env['PINKY_HOME'];
  if (!home) throw new Error('PINKY_HOME is not set');
  const paths = boxPaths(home);
  // Written by the command line, whole or not at all, after it was checked.
  const readConfig = (): BoxConfig => JSON.parse(readFileSync(paths.effectiveConfig, 'utf8')) as BoxConfig;
  let config = readConfig();
  mkdirSync(dirname(paths.workerLock(serverId)), { recursive: true, mode: 0o700 });
  const lock = FileLock.take(paths.workerLock(serverId));
  if (!lock) process.exit(exitCodes.occupied);
  const level: LogLevel = logLevels.find((known) => known === config.logLevel) ?? 'info';
  const log = fileLogger(join(paths.logDir, 'workers.log'), level, `worker ${serverId}`, () => systemClock.wallNow());
  const heartbeat = HeartbeatWriter.start({ intervalMs: config.worker.heartbeatIntervalMs });
  const worker = new Worker({
    serverId, config: () => config, clock: systemClock, log,
    exit: (code) => {
      lock.release();
      process.exit(code);
    },
    setTitle: (title) => { process.title = title; },
  });
  const reload = (): void => {
    config = readConfig();
    if (heartbeat) heartbeat.intervalMs = config.worker.heartbeatIntervalMs;
  };
  process.on('uncaughtException', (error) => {
    log.fatal({ event: 'worker.uncaught', error: String(error.stack ?? error) });
    process.exit(70); // a successor takes the game over; 70 is EX_SOFTWARE of sysexits.h
  });
  await worker.start();
  held.obey({
    SIGTERM: () => void worker.stop('graceful'),
    SIGQUIT: () => void worker.stop('immediate'),
    SIGINT: () => void worker.leave('graceful'),
    SIGHUP: () => void worker.leave('immediate'),
    SIGUSR1: () => worker.restart(),
    SIGUSR2: reload,
  });
}

void main();
