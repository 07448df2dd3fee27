/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

// Each test's box would have an API of 40 MB. Those that want one say so.
process.env['PINKY_API'] ??= 'no';

const config: Config = {
  testMatch: ['<rootDir>/packages/*/test/**/*.test.ts', '<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    '^@pinky/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^@pinky/protocol/base$': '<rootDir>/packages/protocol/src/base.ts',
    '^@pinky/protocol/(schemas|testing|console)$': '<rootDir>/packages/protocol/src/$1/index.ts',
    '^@pinky/supervisor/(dump|logger)$': '<rootDir>/packages/supervisor/src/$1/index.ts',
    '^@pinky/supervisor/child$': '<rootDir>/packages/supervisor/src/child.ts',
    '^@pinky/supervisor/plain-logger$': '<rootDir>/packages/supervisor/src/logger/plain-logger.ts',
    '^@pinky/supervisor/pid-files$': '<rootDir>/packages/supervisor/src/pid-files.ts',
    '^@pinky/supervisor/identity$': '<rootDir>/packages/supervisor/src/adopt/process-identity.ts',
    '^@pinky/box/(config|home)$': '<rootDir>/packages/box/src/$1/index.ts',
    '^@pinky/box/programs$': '<rootDir>/packages/box/src/program/programs.ts',
    '^@pinky/queue/owner$': '<rootDir>/packages/queue/src/owner/index.ts',
    '^@pinky/queue/client$': '<rootDir>/packages/queue/src/redis-client.ts',
    '^@pinky/queue/address$': '<rootDir>/packages/queue/src/redis/address.ts',
    '^@pinky/funpack-runner/light$': '<rootDir>/packages/funpack-runner/src/light.ts',
  },
  // A bound on what hangs, also on a busy machine. `until` gives up sooner, and says what it waited for.
  testTimeout: 240_000,
  maxWorkers: 4, // on two cores: half of the time is spent in waits for other processes
  testSequencer: '<rootDir>/scripts/lib/slow-first.cjs',
};

export default config;
