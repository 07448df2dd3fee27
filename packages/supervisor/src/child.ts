/**
 * The child's end: what a supervised Node program needs to be a good child. Light, since it is bundled into programs
 * of which a hundred run at once: nothing from npm may be imported here.
 */
export { HeartbeatWriter, type HeartbeatWriterOptions } from './heartbeat/heartbeat-writer.js';
export { holdSignals, installSignals, type HeldSignals } from './signals/hold-signals.js';
export { controlSignals, type ControlSignal, type SignalTable } from './signals/signals.js';
export { FileLock } from './file-lock/file-lock.js';
export * from './adopt/process-identity.js';
export {
  afterCrash,
  cleanHistory,
  defaultRestart,
  type CrashHistory,
  type RestartOptions,
} from './restart/restart-policy.js';
