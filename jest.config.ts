/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';
import { sourcesByName } from './scripts/lib/sources.cjs';

// Each test's box would have an API of 40 MB. Those that want one say so.
process.env['PINKY_API'] ??= 'no';

// Programs are started, so their names stay those of compiled files.
const sources = Object.fromEntries(
  Object.entries(sourcesByName(__dirname))
    .filter(([, file]) => !/\/(main|refresh-config)\.ts$/.test(file))
    .map(([name, file]) => [`^${name}$`, file]),
);

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
    ...sources,
  },
  // A bound on what hangs, also on a busy machine. `until` gives up sooner, and says what it waited for.
  testTimeout: 240_000,
  maxWorkers: 4, // on two cores: half of the time is spent in waits for other processes
  testSequencer: '<rootDir>/scripts/lib/slow-first.cjs',
};

export default config;
