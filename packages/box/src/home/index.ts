/** What a command needs of a home. Light: it loads no schemas and no YAML. */
export * from './default-home.js';
export * from './version.js';
export * from './write-effective-config.js';
