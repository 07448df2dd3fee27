import { afterReload, checkConfig } from '../../src/config/check-config';
import { camelCase, configKeys, snakeCase } from '../../src/config/keys';
import { ConfigSource } from '../../src/config/config-source';

describe('a configuration', () => {
  it('takes keys in the manual\'s spelling and in ours, and hands on all others', () => {
    expect(checkConfig({ worker_type: 'process', workers: 3, bind: '0.0.0.0' })).toMatchObject({
      workerType: 'process',
      workers: 3,
      bind: '0.0.0.0',
      workerGracefulKillTimeout: 600,
    });
  });

  it('names a key that is given twice', () => {
    expect(() => checkConfig({ workers: 1, workerType: 'thread', worker_type: 'process' })).toThrow(
      /workerType is given twice/,
    );
  });

  it.each(Object.keys(configKeys))('%s: null means the default', (key) => {
    expect(checkConfig({ [snakeCase(key)]: null })[key]).toEqual(configKeys[key]?.default);
    expect(camelCase(snakeCase(key))).toBe(key);
  });

  it.each([
    ['worker_type', 'fiber'],
    ['workers', '2'],
    ['workers', -1],
    ['workers', 1.5],
    ['chumask', 0o1000],
    ['chumask', -1],
    ['daemonize', 'yes'],
    ['server_restart_wait', -1],
    ['log_level', 'loud'],
    ['worker_graceful_kill_timeout', -2],
    ['worker_heartbeat_interval', Infinity],
    ['start_worker_delay_rand', 2],
    ['unrecoverable_exit_codes', [256]],
    ['unrecoverable_exit_codes', 3],
    ['server_detach_wait', 1e10],
    ['log_rotate_age', -1],
    ['server_process_name', ''],
    ['log', ''],
    ['pid_path', 'a\0b'],
    ['chuser', ''],
    ['worker_reload_signal', 'NOPE'],
    ['worker_reload_signal', 'toString'],
    ['logger_class', 5],
    ['logger_class', ''],
  ])('refuses %s %j by name', (key, value) => {
    expect(() => checkConfig({ [key]: value })).toThrow(new RegExp(`bad ${key}`));
  });

  it.each([[[]], [null], ['text'], [5]])('is an object, not %j', (given) => {
    expect(() => checkConfig(given as never)).toThrow(/a configuration is an object, not/);
  });

  it('keeps values that cannot be reloaded, and takes over the others', () => {
    const start = checkConfig({ workers: 1, workerType: 'process', message: 'a' });
    expect(
      afterReload(start, checkConfig({
        workers: 4,
        workerType: 'thread',
        message: 'b',
        logLevel: 'warn',
      })),
    ).toMatchObject({
      workers: 4,
      workerType: 'process',
      message: 'b',
      logLevel: 'warn',
    });
  });

  it('calls a function again at each load, and keeps the old configuration if that fails', async () => {
    let text: unknown = { workers: 1 };
    const source = new ConfigSource(() => text as { workers: number });
    await source.load();
    text = { workers: 2 };
    await source.load();
    expect(source.current.workers).toBe(2);
    text = { workers: 'many' };
    await expect(source.load()).rejects.toThrow('bad workers');
    expect(source.current.workers).toBe(2);
  });
});
