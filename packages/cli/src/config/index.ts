export * from './box-config.js';
export * from './default-home.js';
export * from './effective.js';
