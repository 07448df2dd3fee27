/**
 * The child's end: everything that a supervised Node program needs. It must import nothing from npm, because it is
 * bundled into programs of which a hundred run at once.
 */
export { HeartbeatSender, type HeartbeatSenderOptions } from './heartbeat/heartbeat-sender.js';
export { holdSignals, type HeldSignals } from './signals/hold-signals.js';
export { controlSignals, type ControlSignal, type SignalTable } from './signals/signals.js';
export { FileLock } from './file-lock/file-lock.js';
export * from './adopt/process-identity.js';
export { holdFolderOf } from './adopt/program-folder.js';
export {
  afterCrash,
  cleanHistory,
  defaultRestart,
  type CrashHistory,
  type RestartOptions,
} from './restart/restart-policy.js';
