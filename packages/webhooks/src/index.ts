export { Dispatcher, type DispatcherOptions } from './dispatch/dispatcher.js';
export { WebhooksProgram } from './program/webhooks-program.js';
