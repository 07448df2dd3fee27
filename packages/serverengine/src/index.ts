// First: it catches signals while everything else is loaded.
import './process/early-signals.js';
export * from './blocking-flag/blocking-flag.js';
export * from './config/check-config.js';
export * from './config/config-source.js';
export * from './config/keys.js';
export * from './config/log-options.js';
export * from './config/server-config.js';
export * from './config/serverengine-format.js';
export * from './daemonize/credentials.js';
export * from './daemonize/enter-service.js';
export * from './daemonize/launch-daemon.js';
export * from './server/parent-server.js';
export * from './server/server.js';
export * from './sockets/listen-address.js';
export * from './sockets/socket-client.js';
export * from './sockets/socket-manager.js';
export * from './supervise/create-server.js';
export * from './worker/process-manager.js';
export * from './worker/worker.js';
export {
  createLogger,
  createPlainLogger,
  type LogFormat,
  type LoggerOptions,
  type ProcessLogger,
} from '@pinky/supervisor';
