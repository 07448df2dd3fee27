import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assertBuilt } from './box/real-box';

const root = resolve(__dirname, '..');

/**
 * Files that installed units, and running processes of earlier versions, start or load by their path. A version that
 * moves such a program leaves an entry of a few lines in its place.
 */
const paths: Readonly<Record<string, string>> = {
  'packages/cli/bin/pinky': 'units: ExecStartPre and ExecReload',
  'packages/cli/dist/main.js': 'bin/pinky',
  'packages/cli/dist/box/main.js': 'units from before the box was a package: ExecStart',
  'packages/cli/dist/config/index.js': 'supervisors from before the box was a package: a reload',
  'packages/box/dist/program/main.js': 'units: ExecStart',
  'packages/box/dist/program/refresh.js': 'supervisors: a reload',
  'packages/api/dist/main.js': 'supervisors: an API that must be started again',
  'packages/webhooks/dist/main.js': 'supervisors: webhooks that must be started again',
  'packages/queue/dist/main.js': 'supervisors: a queue that must be started again',
  'packages/worker/dist/worker.cjs': 'supervisors: a worker that must be started again',
  'packages/worker/dist/wrapper.sh': 'workers: the launch of a game',
  'packages/funpack-runner/dist/main.js': 'workers and supervisors from before the runner was bundled: a task',
  'packages/funpack-runner/dist/runner.cjs': 'workers and supervisors: a task',
};

/** Modules that a program loads later than at its start, by the file that does. */
const lateLoads: Readonly<Record<string, readonly string[]>> = {
  // a round that fails is only logged
  'packages/box/src/keep/backup-keeper.ts': ['@pinky/funpack-runner/light', '@pinky/funpack-runner/light'],
  'packages/box/src/keep/cache-keeper.ts': ['@pinky/funpack-runner/light'], // a round that fails is only logged
  'packages/box/src/program/main.ts': ['./run-main.js'], // its type; the bundle is loaded at once
  // the failure of these two is the answer
  'packages/box/src/supervise/ask-catalogue.ts': ['@pinky/funpack-runner/light'],
  'packages/box/src/supervise/fetch-to-cache.ts': ['@pinky/funpack-runner/light', '@pinky/funpack-runner/light'],
  'packages/queue/src/main.ts': ['./program/queue-program.js'], // its type; the bundle is loaded at once
  'packages/worker/src/program.ts': ['@pinky/supervisor/dump'], // in the worker's bundle
};

describe('a build over a version that runs', () => {
  beforeAll(assertBuilt);

  it.each(Object.entries(paths))('keeps %s for %s', (path) => {
    expect(existsSync(join(root, path))).toBe(true);
  });

  it.each(['packages/cli/src/box/main.ts', 'packages/cli/src/config/index.ts'])(
    'finds in %s no more than the way to the program',
    (entry) => {
      const code = readFileSync(join(root, entry), 'utf8').split('\n').filter((line) => !/^(\/\/.*)?$/.test(line));
      expect(code).toHaveLength(1);
    },
  );

  it('takes no module away that a long-lived program loads later', () => {
    const found = ['box', 'queue', 'worker'].flatMap((name) =>
      readdirSync(join(root, 'packages', name, 'src'), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .flatMap((entry) => {
          const file = join(entry.parentPath, entry.name);
          const targets = [...readFileSync(file, 'utf8').matchAll(/\b(?:import|require)\(\s*'([^']+)'\s*\)/g)]
            .map(([, target = '']) => target)
            .filter((target) => target.startsWith('.') || target.startsWith('@pinky/'));
          return targets.length === 0 ? [] : [[file.slice(root.length + 1), targets] as const];
        }),
    );
    expect(Object.fromEntries(found)).toEqual(lateLoads);
  });
});
