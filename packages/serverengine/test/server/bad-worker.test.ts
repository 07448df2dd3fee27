import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compiled, RunningServer } from './running-server';

const program = resolve(__dirname, 'programs/given-worker.cjs');
beforeAll(compiled);

let server: RunningServer;
beforeEach(() => {
  server = new RunningServer();
  write('good.cjs', 'module.exports = { run() {}, spawn() {} };');
  write('broken.cjs', 'module.exports = {');
  write('number.cjs', 'module.exports = 5;');
  write('arrow.cjs', 'module.exports = () => undefined;');
  write('async.mjs', 'export default async function run() {}');
  write('absent.mjs', 'export default undefined;');
  write('text.mjs', "export default 'run';");
  write('idle.cjs', 'module.exports = { stop() {} };');
  mkdirSync(join(server.directory, 'folder'));
});
afterEach(() => server.end());

const write = (name: string, text: string): void => writeFileSync(join(server.directory, name), text);

describe('a server whose workers cannot be started', () => {
  it.each([
    ['process', 'nosuch.cjs', {}, /worker module .*nosuch.cjs cannot be loaded/],
    ['thread', 'broken.cjs', {}, /broken.cjs cannot be loaded: Unexpected end of input/],
    ['embedded', 'number.cjs', {}, /number.cjs exports no worker/],
    ['thread', 'arrow.cjs', {}, /arrow.cjs exports a function that is no class.*: export an object or a class/],
    ['embedded', 'async.mjs', {}, /async.mjs exports a function that is no class/],
    ['process', 'async.mjs', {}, /async.mjs exports a function that is no class/],
    ['spawn', 'arrow.cjs', {}, /arrow.cjs exports a function that is no class/],
    ['process', 'absent.mjs', {}, /absent.mjs exports no worker: export an object or a class/],
    ['spawn', 'text.mjs', {}, /text.mjs exports no worker: export an object or a class/],
    ['embedded', 'folder', {}, /worker module .*folder cannot be loaded/],
    ['process', 'idle.cjs', {}, /the worker has no run\(\), which type process needs/],
    ['spawn', 'idle.cjs', {}, /the worker has no spawn\(\), which type spawn needs/],
    ['process', 'good.cjs', { adoptDir: 'good.cjs' }, /bad adoptDir "good.cjs"/],
    ['process', 'good.cjs', { workerNodeOptions: ['--bogus-flag'] }, /bad workerNodeOptions .*--bogus-flag$/m],
    ['spawn', 'good.cjs', { workerChuser: 'nobody-of-this-name' }, /nobody-of-this-name/],
    ['spawn', 'good.cjs', { workerReloadSignal: 'NOPE' }, /bad workerReloadSignal "NOPE": the name of a signal/],
    ['embedded', 'good.cjs', { loggerClass: 5 }, /bad loggerClass 5: a function, or the path of a module/],
  ] as const)('of type %s with %s and %j ends with 1 and the reason, before it is up', async (
    workerType, worker, config, words,
  ) => {
    for (const daemonize of [false, true]) {
      for (const supervisor of [false, true]) {
        write('config.json', JSON.stringify({ workerType, worker, daemonize, supervisor, ...config }));
        server.output = '';
        server.start(program);
        expect(await server.exit()).toBe(1);
        expect(server.output).toMatch(words);
        await server.until(() => server.pids.length === 0, 'nothing to run');
        expect(server.log()).not.toContain('server.beforeRun');
        expect(existsSync(join(server.directory, 'pid'))).toBe(false);
      }
    }
  });

  it('says why in the log where a server cannot be started again', async () => {
    const config = { workerType: 'process', worker: 'patient.cjs', supervisor: true, serverRestartWait: 0.1 };
    write('patient.cjs', 'module.exports = { run() { return new Promise(() => setInterval(() => {}, 9e8)); } };');
    write('config.json', JSON.stringify({ ...config, restartServerProcess: true }));
    server.start(program);
    await server.logged(/server\.beforeRun/);
    write('config.json', JSON.stringify({ ...config, restartServerProcess: true, adoptDir: 'config.json' }));
    server.signal('SIGUSR1');
    await server.logged(/server\.unfit.*bad adoptDir/);
    write('config.json', JSON.stringify(config));
    await server.logged(/server\.beforeRun/, 2);
    server.signal('SIGTERM');
    expect(await server.exit()).toBe(0);
  });

  it('ends with its reason also while its `afterStart` works on', async () => {
    write('config.json', JSON.stringify({
      workerType: 'process', worker: 'good.cjs', supervisor: true, adoptDir: 'good.cjs',
    }));
    server.start(program, ['patient afterStart']);
    expect(await server.exit()).toBe(1);
    expect(server.output).toMatch(/^bad adoptDir "good.cjs".*\n$/);
  });
});
