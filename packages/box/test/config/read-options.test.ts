import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, readEffectiveConfig, type PinkyError } from '@pinky/protocol';
import { loadConfig, options, reloadConfig } from '../../src/config/index.js';
import { prepareHome, writeEffectiveConfig } from '../../src/home/index.js';

describe('pinky.yml', () => {
  let home: string;
  beforeEach(() => writeFileSync(join(home = mkdtempSync(join(tmpdir(), 'pinky-config-')), 'isolation'), 'none\n'));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const written = (text: string): void => writeFileSync(join(home, 'pinky.yml'), text);
  const load = (env: NodeJS.ProcessEnv = {}, overrides = {}) => loadConfig({ home, env, overrides });
  const refused = (env: NodeJS.ProcessEnv = {}): string => {
    try {
      load(env);
    } catch (error) {
      const { code, message } = error as PinkyError; // `load` throws nothing else
      expect(code).toBe('bad_option');
      return message.replaceAll(home, '$HOME');
    }
    throw new Error('it was accepted');
  };

  it('may be missing: then every option has its default', () => {
    expect(load()).toMatchObject({
      box: '1',
      home,
      servers: join(home, 'servers'),
      backups: join(home, 'backups'),
      ports: { first: 10_000, step: 100, count: 200 },
      backup: { intervalMs: 900_000 },
      retention: { allMs: 6 * 3_600_000, newest: 10, dailyMs: 7 * 86_400_000 },
      heartbeatIntervalMs: 10_000,
      logLevel: 'info',
      allowedHosts: [],
    });
  });

  it('reads durations and sizes as people write them', () => {
    written('backup: {interval: 1h30m}\narchives:\n  max_size: 1 GiB\nworker:\n  heartbeat_interval: 500ms\n');
    expect(load()).toMatchObject({
      backup: { intervalMs: 5_400_000 },
      archives: { maxBytes: 2 ** 30 },
      worker: { heartbeatIntervalMs: 500 },
    });
  });

  const masks = [['022', '022'], ['"0027"', '027'], ['7', '007'], ['0', '000']];
  it.each(masks)('reads the umask %s as %s', (text, umask) => {
    written(`game: {umask: ${text}, open_files: 4096}\n`);
    expect(load()).toMatchObject({ game: { umask, openFiles: 4_096 } });
  });

  it.each(['9', '"1777"', 'rwx'])('is refused for the umask %s', (text) => {
    written(`game: {umask: ${text}}\n`);
    expect(refused()).toContain('`game.umask`');
  });

  it('is refused for an unknown option, with its line and what was probably meant', () => {
    written('box: a\n\nbakup:\n  keep: 3\n');
    expect(refused()).toMatch(
      /^\$HOME\/pinky\.yml:3: `bakup` is not an option; did you mean `backup`\? Allowed here: box, servers, /,
    );
  });

  it('is refused with a suggestion for an option on the wrong level or in another spelling', () => {
    written('backupInterval: 15m\nlogLevel: info\n');
    expect(refused()).toContain('pinky.yml:1: `backupInterval` is not an option; did you mean `backup.interval`?');
    expect(refused()).toContain('pinky.yml:2: `logLevel` is not an option; did you mean `log_level`?');
  });

  it('is refused for an unknown option in a section, with the line of that option', () => {
    written('backup:\n  keep: 3\n  intervall: 5m\n');
    expect(refused()).toContain(
      'pinky.yml:3: `backup.intervall` is not an option; did you mean `backup.interval`? ' +
        'Allowed here: backup.interval, backup.keep, backup.time_limit, backup.format, backup.incremental, ' +
        'backup.full_every, backup.bucket, backup.store, backup.encrypt',
    );
  });

  it('is refused for an option with a dot in its name, with the two lines to write instead', () => {
    written('box: a\nports.first: 12000\n');
    expect(refused()).toBe(
      '$HOME/pinky.yml:2: `ports.first` is written on two lines: `ports:` and below it, indented, `first: …`',
    );
  });

  it.each([
    ['redis: redis://example.org:99999', '`redis` is "redis://example.org:99999": it is not an address; allowed is'],
    [
      'heartbeat_interval: 10',
      '`heartbeat_interval` is 10; allowed is a duration with its unit, such as 500ms, 10s, 15m, 1h30m; at least ' +
        '1s; at most 25s',
    ],
    ['heartbeat_interval: 40s', '`heartbeat_interval` is "40s"; allowed is a duration'],
    ['log_level: loud', '`log_level` is "loud"; allowed is one of trace, debug, info, warn, error, fatal'],
    ['archives: {max_size: big}', '`archives.max_size` is "big"; allowed is a size'],
    ['ports: {first: 70000}', '`ports.first` is 70000; allowed is a whole number; at least 1; at most 65535'],
    ['ports: {first: 1.5}', '`ports.first` is 1.5; allowed is a whole number'],
    ['box: a/b', '`box` is "a/b"; allowed is 1 to 64 characters'],
    ['redis: ftp://x', '`redis` is "ftp://x"; allowed is redis://'],
    ['allowed_hosts: example.org', '`allowed_hosts` is "example.org"; allowed is a list of host names'],
    [
      'backup: often',
      '`backup` must be a map of options: backup.interval, backup.keep, backup.time_limit, backup.format, ' +
        'backup.incremental, backup.full_every, backup.bucket, backup.store, backup.encrypt',
    ],
    ['- a list', 'the file must be a map of options: box, servers'],
    ['box: [unclosed', 'is not YAML'],
    ['box: a\nbox: b', 'is not YAML: Map keys must be unique'],
  ])('refuses %j', (text, sentence) => {
    written(text);
    expect(refused()).toContain(sentence);
  });

  it('reads how backups are packed, and whether they build on each other', () => {
    expect(load().backup).toMatchObject({ format: 'lzo', isIncremental: true, fullEveryMs: 86_400_000 });
    written('backup:\n  format: zst\n  incremental: false\n  full_every: 7d\n');
    expect(load().backup).toMatchObject({ format: 'zst', isIncremental: false, fullEveryMs: 7 * 86_400_000 });
  });

  it.each([
    ['backup:\n  format: rar', '`backup.format` is "rar"; allowed is lzo, zst or gz'],
    ['backup:\n  incremental: sometimes', '`backup.incremental` is "sometimes"; allowed is yes or no'],
  ])('refuses %j for backups', (text, sentence) => {
    written(text);
    expect(refused()).toContain(sentence);
  });

  it('reads Sentinels as a map, and files for TLS', () => {
    written(
      'redis: {sentinels: ["a:26379", {host: b, port: 1}], name: games, password: p@ss, db: 2, tls: true}\n' +
        'redis_tls: {ca: ca.crt, server_name: redis.test}\n',
    );
    expect(load()).toMatchObject({
      redis: 'rediss+sentinel://:p%40ss@a:26379,b:1/games/2',
      redisTls: { ca: join(home, 'ca.crt'), serverName: 'redis.test' },
    });
  });

  it.each([
    ['redis: redis://:p%zzword@host', '`redis` is "redis://…@host": a % in it is followed by'],
    ['redis: "redis://:pa zzword@host"', '`redis` is "redis://…@host"'],
    ['redis: {sentinels: [a], nom: games, password: zzword}', '`redis` is refused; allowed is'],
    ['redis: {sentinels: [], name: games, password: zzword}', '`redis` is refused; allowed is'],
    ['redis_tls: {ca: x}', '`redis_tls` needs an address with TLS'],
    ['redis: redis://host\nredis_tls: {ca: x}', 'pinky.yml:2: `redis_tls` needs an address with TLS'],
    ['redis: rediss://host\nredis_tls: {cert: x}', '`redis_tls.cert` and `redis_tls.key` must be set together'],
  ])('refuses %j, and repeats no password', (text, sentence) => {
    written(text);
    expect(refused()).toContain(sentence);
    expect(refused()).not.toContain('zzword');
  });

  it('is refused for an address in the environment without repeating its password', () => {
    const message = refused({ PARTY_CLOUD_REDIS: 'redis://:p%zzword@host' });
    expect(message).toContain('$PARTY_CLOUD_REDIS: `redis` is "redis://…@host"');
    expect(message).not.toContain('zzword');
  });

  it('is refused with all mistakes at once', () => {
    written('log_level: loud\nbox: ""\nnothing: 1\n');
    expect(refused().split('\n')).toHaveLength(3);
  });

  it('is refused without repeating a secret', () => {
    written('aws:\n  access_key: 12345\n');
    expect(refused()).toBe('$HOME/pinky.yml:2: `aws.access_key` is refused; allowed is text');
  });

  it('is refused for options that contradict each other, with their line', () => {
    written('worker:\n  heartbeat_interval: 10s\n  heartbeat_timeout: 5s\n');
    expect(refused()).toBe(
      '$HOME/pinky.yml:3: `worker.heartbeat_timeout` must be longer than `worker.heartbeat_interval`',
    );
    written('\nports: {first: 60000}\n');
    expect(refused()).toContain('pinky.yml:2: `ports` reaches beyond 65535');
  });

  it('gives way to environment variables, and both give way to the command line', () => {
    written('redis: redis://file:1\nservers: /a\n');
    const env = {
      PARTY_CLOUD_REDIS: 'tcp:10.0.2.2:6379',
      SERVERS: '/mnt/servers',
      AWS_ACCESS_KEY: 'a',
      AWS_SECRET_KEY: 'b',
      BACKUP_BUCKET: 'c',
      FUNPACKS_PATH: '/x:/y',
      BACKUPS: '~/b',
      HOME: '/home/me',
    };
    expect(load(env)).toMatchObject({
      redis: 'tcp:10.0.2.2:6379',
      servers: '/mnt/servers',
      aws: { accessKey: 'a', secretKey: 'b' },
      backup: { bucket: 'c' },
      funpacks: ['/x', '/y'],
      backups: '/home/me/b',
    });
    expect(load(env, { redis: 'redis://flag:1' }).redis).toBe('redis://flag:1');
  });

  it("takes the keys of S3 by their standard names too, where Pinky's are not set", () => {
    written(
      's3: {endpoint: https://store.example, region: eu-1, path_style: no}\n' +
        'backup: {store: s3://box-backups/box-1}\n',
    );
    const standard = { AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'y', AWS_SESSION_TOKEN: 'z' };
    expect(load(standard)).toMatchObject({
      s3: { endpoint: 'https://store.example', region: 'eu-1', isPathStyle: false },
      aws: { accessKey: 'x', secretKey: 'y', sessionToken: 'z' },
      backup: { store: 's3://box-backups/box-1', isEncrypted: false },
    });
    expect(load({ ...standard, AWS_ACCESS_KEY: 'a', AWS_SECRET_KEY: 'b' }).aws).toMatchObject({ accessKey: 'a' });
    expect(load({ AWS_SESSION_TOKEN: 'z' }).aws).toBeUndefined();
  });

  it.each([
    ['backup.store', 'ftp://example.org/x'],
    ['backup.store', 'https://user:secret@example.org/x'],
    ['backup.store', 'a-folder'],
    ['s3.endpoint', 'store.example:9000'],
    ['s3.endpoint', 'https://key:secret@store.example'],
    ['s3.path_style', 'perhaps'],
  ])('refuses for %s the value %s', (path, value) => {
    const [section, name] = path.split('.');
    written(`${section}: {${name}: "${value}"}\n`);
    expect(refused()).toContain(`\`${path}\` is `);
  });

  it('is not blamed for a bad environment variable: the error names the variable', () => {
    expect(refused({ PARTY_CLOUD_REDIS: 'nowhere' })).toMatch(
      /^\$PARTY_CLOUD_REDIS: `redis` is "nowhere"; allowed is /,
    );
    expect(refused({ AWS_ACCESS_KEY: 'a' })).toBe(
      '$AWS_ACCESS_KEY: `aws.access_key` and `aws.secret_key` must be set together',
    );
  });

  it('finds the funpacks that ship with Pinky', () => {
    expect(load().funpacks.at(-1)).toMatch(/\/funpacks$/);
  });

  it('refuses a home that is too long for a socket', () => {
    expect(() => loadConfig({ home: `/${'x'.repeat(100)}`, env: {} })).toThrow(
      expect.objectContaining({ code: 'bad_option' }),
    );
  });

  it('refuses a home that cannot be made, and names it', () => {
    const config = { ...load(), home: '/proc/no/such' };
    expect(() => prepareHome(config)).toThrow(
      expect.objectContaining({ code: 'bad_option', message: expect.stringContaining('/proc/no') as string }),
    );
  });

  it('must exist if --config names it', () => {
    expect(() => loadConfig({ home, configFile: join(home, 'other.yml'), env: {} })).toThrow(
      expect.objectContaining({ code: 'bad_option' }),
    );
  });

  it('keeps the password of the private Redis from start to start, readable only by the owner', () => {
    const first = load();
    prepareHome(first);
    writeEffectiveConfig(first);
    expect(first.redisPassword).toMatch(/^[0-9a-f]{48}$/);
    expect(load().redisPassword).toBe(first.redisPassword);
    expect(statSync(boxPaths(home).effectiveConfig).mode & 0o777).toBe(0o600);
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  it('applies on reload what may change, and lists what may not', () => {
    written('backup: {keep: 3}\n');
    writeEffectiveConfig(loadConfig({ home, env: {}, overrides: { redis: 'redis://flag:1' } }));
    written('backup: {keep: 4}\nbox: other\n');
    const { config, kept } = reloadConfig({ home, env: {} });
    expect(kept).toEqual(['box']);
    expect(config).toMatchObject({ box: '1', redis: 'redis://flag:1', backup: { keep: 4 } });
    expect(readEffectiveConfig(home).backup.keep).toBe(3);
  });

  it('uses the environment of `pinky up` on reload, and not that of the reload', () => {
    writeEffectiveConfig(loadConfig({ home, env: { SERVERS: '/mnt/servers', PARTY_CLOUD_REDIS: 'tcp:a:1' } }));
    expect(reloadConfig({ home, env: { SERVERS: '/elsewhere' } })).toMatchObject({
      kept: [],
      config: { servers: '/mnt/servers', redis: 'tcp:a:1' },
    });
  });

  it('keeps only options on the first level of BoxConfig until the next start', () => {
    expect(options.filter((option) => !option.isReloaded).map((option) => option.path)).toEqual([
      'box',
      'servers',
      'redis',
    ]);
  });
});
