export type { BoxPrograms } from './children/child-specs.js';
export { installedPrograms, supervisorProgram } from './program/programs.js';
export { runBoxSupervisor } from './program/run-box-supervisor.js';
export type { BoxSupervisorOptions } from './supervise/box-supervisor.js';
export type { ChildAnswer, PsAnswer } from './supervise/box-requests.js';
export type { ChildFailure } from './supervise/child-failures.js';
export { phases, shutdownModes, type Phase, type ShutdownMode } from './supervise/phases.js';
