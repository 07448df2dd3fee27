export { BoxClient } from './box-client.js';
export type { ConsoleLine, ConsoleMessage, ConsoleOptions } from './console/console-message.js';
export type { BoxEvent, EventsOptions } from './events/box-event.js';
export type { ChangeOptions, Send } from './jobs/change.js';
export type { Job } from './jobs/job.js';
export type { ClientClock } from './requests/client-clock.js';
export type { BoxApi, ClientOptions } from './requests/connection.js';
export { BoxProblem, type Problem } from './requests/problem.js';
