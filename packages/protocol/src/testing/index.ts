export * from './as-nobody.js';
export * from './fake-clock.js';
export * from './start-stop-contract.js';
export * from './until.js';
