import { execFileSync } from 'node:child_process';
import { importEgg, type ImportedEgg } from '../../src/egg/import-egg.js';
import { readEgg } from '../../src/egg/read-egg.js';
import { checkFunpack } from '../../src/funpack/check-funpack.js';
import { launchSpec } from '../../src/launch/launch-spec.js';
import { checkSettings } from '../../src/funpack/settings.js';
import { parseManifest } from '../../src/funpack/manifest.js';
import { eggConfig, eggVariable, madeEgg } from '../support/made-eggs.js';
import { tempDirs, writeFiles } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();
const imported = (more: Readonly<Record<string, unknown>> = {}): ImportedEgg => importEgg(readEgg(madeEgg(more)));
const saysOf = ({ notes }: ImportedEgg, field: string): string[] =>
  notes.filter((note) => note.field === field).map(({ fate, says }) => `${fate}: ${says}`);

describe('readEgg', () => {
  it('reads JSON and YAML, and every format of both panels', () => {
    const yaml = 'meta:\n  version: PLCN_v3\nname: Pond\nstartup_commands:\n  Default: ./pond\n  Other: ./frog\n' +
      'config:\n  files: {}\n  startup:\n    done: [open]\n  stop: "^C"\nvariables: []\ndocker_images:\n  A: b\n';
    expect(readEgg(yaml)).toMatchObject({
      format: 'PLCN_v3',
      startups: [{ name: 'Default', command: './pond' }, { name: 'Other', command: './frog' }],
      done: ['open'],
      stop: '^C',
      images: ['b'],
    });
    for (const version of ['PTDL_v1', 'PTDL_v2', 'PLCN_v1', 'PLCN_v2', 'PLCN_v3'])
      expect(readEgg(madeEgg({ meta: { version } })).format).toBe(version);
    const old = madeEgg({ meta: { version: 'PTDL_v1' }, docker_images: undefined, image: 'one' });
    expect(readEgg(old).images).toEqual(['one']);
  });

  it.each([
    ['{"a":', /neither JSON nor YAML/],
    ['- a\n- b\n', /not an object/],
    [madeEgg({ meta: { version: 'PTDL_v9' } }), /has the format "PTDL_v9"; known are PTDL_v1/],
    [madeEgg({ startup: ' ' }), /has no startup/],
    [madeEgg({ config: eggConfig({ files: '{' }) }), /is not JSON/],
    ['a: &a [1]\nb: [*a, *a]\nmeta: *a\n', /neither JSON nor YAML/],
  ])('refuses %j with the reason', (text, reason) => {
    const refusal = expect.objectContaining({ code: 'bad_funpack', message: expect.stringMatching(reason) });
    expect(() => readEgg(text)).toThrow(refusal);
  });

  it('keeps bars that are part of an expression', () => {
    const variables = [eggVariable('A', 'a', 'required|regex:/^(a|b)$/|max:3')];
    expect(readEgg(madeEgg({ variables })).variables[0]?.rules).toEqual(['required', 'regex:/^(a|b)$/', 'max:3']);
  });
});

describe('importEgg, of a startup', () => {
  const variables = [
    eggVariable('NAME', 'a pond', 'required|string|max:20'),
    eggVariable('SLOTS', '8', 'required|integer|between:1,64'),
    eggVariable('SEED', '', 'nullable|alpha_dash'),
    eggVariable('ARGS', '', 'nullable|string'),
  ];

  it.each([
    ['./pond -p {{SERVER_PORT}} -m ${SERVER_MEMORY} -d /home/container/x',
      ['./pond', '-p', '{port}', '-m', '{ram.max}', '-d', '{workingDir}/x']],
    ['./pond -n"{{NAME}}" -s{{SLOTS}} \'a b\'', ['./pond', '-n{settings.NAME}', '-s{settings.SLOTS}', 'a b']],
    ['./pond {{SEED}} x"{{SEED}}"', ['./pond', { ifSet: 'SEED', args: ['{settings.SEED}'] }, 'x{settings.SEED}']],
    ['./pond {{ARGS}}', ['sh', '-c', 'exec ./pond ${ARGS}']],
    ['cd a && ./pond "$NAME" ${home}', ['bash', '-c', 'cd a && ./pond "$NAME" ${home-}']],
    ['[[ {{SLOTS}} -gt 1 ]] && exec ./pond', ['bash', '-c', '[[ ${SLOTS} -gt 1 ]] && exec ./pond']],
    ['java -XX:MaxRAMPercentage=95.0 -jar x',
      ['java', '-XX:MaxRAM={ram.max}m', '-XX:MaxRAMPercentage=95.0', '-jar', 'x']],
    ['./pond {{GONE}} "$@"', ['sh', '-c', 'exec ./pond ${GONE}']],
  ])('%s becomes %j', (startup, run) => {
    expect(imported({ startup, variables }).manifest.run).toEqual(run);
  });

  it('never reads a value as shell syntax, and splits it into words as a panel does', async () => {
    const dir = await tempDir();
    const startup = 'cd . && printf "<%s>" {{ARGS}} "{{NAME}}" $(echo {{SLOTS}})';
    const { manifest } = imported({ startup, variables });
    const has = { run: false, bootstrap: false, prepare: false, import: false, order: false };
    const funpack = { dir, digest: '', manifest, has };
    const settings = checkSettings(manifest, { ARGS: 'a $(id) ;', NAME: '"; echo `id`' });
    const { command, env } = launchSpec(funpack, {
      serverId: 's1',
      port: 1,
      ram: { min: 1, max: 1 },
      settings,
      workingDir: dir,
      sharedDir: dir,
      datafile: dir,
      home: dir,
    });
    expect(execFileSync(command[0] ?? '', command.slice(1), { cwd: dir, env }).toString())
      .toBe('<a><$(id)><;><"; echo `id`><8>');
  });

  it('tells what is left out, and takes the programs that somebody names', () => {
    const several = imported({ startup_commands: { Default: './pond', Other: './frog' } });
    expect(several.isWhole).toBe(false);
    expect(saysOf(several, 'startup_commands')).toEqual([expect.stringMatching(/^missing: the startup Other/)]);
    const egg = readEgg(madeEgg({ startup: './bin/pond -x' }));
    const { manifest } = importEgg(egg, { programs: { pond: '/usr/games/pond' }, done: 'ready (now)' });
    expect(manifest).toMatchObject({
      run: ['/usr/games/pond', '-x'],
      console: [{ pattern: 'ready \\(now\\)', event: 'started' }],
    });
  });

  it.each(['./pond --daemonize yes && pond-cli', 'nohup ./pond &', 'screen -dmS x ./pond'])(
    'refuses %s, which nothing can watch',
    (startup) => {
      expect(() => imported({ startup })).toThrow(failsWith('bad_funpack'));
    },
  );
});

describe('importEgg, of stop and done', () => {
  it.each([
    ['quit', [{ send: 'quit' }], 'carried'],
    ['^C', [{ signal: 'INT' }], 'carried'],
    ['^SIGTERM', [{ signal: 'TERM' }], 'carried'],
    ['^SIGKILL', [{ signal: 'KILL' }], 'carried'],
    ['^^C', [{ signal: 'INT' }], 'changed'],
    ['^X', [{ signal: 'TERM' }], 'changed'],
    ['', [{ signal: 'TERM' }], 'changed'],
  ])('%s stops by %j', (stop, steps, fate) => {
    const egg = imported({ config: eggConfig({ stop }) });
    expect(egg.manifest.stop).toEqual(steps);
    expect(saysOf(egg, 'config.stop')[0]).toMatch(new RegExp(`^${fate}`));
  });

  it.each<[unknown, (string | RegExp)[], boolean]>([
    ['Open (1.0)', ['x Open (1.0) y'], true],
    [['a.b', 'regex:^c+$'], ['xa.bx', 'ccc'], true],
    ['regex:(?i)^Ready in \\d+[a-c]', ['READY IN 5B'], true],
    ['regex:(?P<x>go)\\z', ['let it go'], true],
    ['regex:a(?<!b', [], false],
  ])('%j is seen', (done, lines, isWhole) => {
    const egg = imported({ config: eggConfig({ startup: { done } }) });
    expect(egg.isWhole).toBe(isWhole);
    for (const line of lines)
      expect(egg.manifest.console?.some(({ pattern }) => new RegExp(pattern).test(String(line)))).toBe(true);
    expect(egg.manifest.console?.every(({ pattern }) => !new RegExp(pattern).test('x Open 1.0 acb'))).toBe(true);
  });

  it('takes the first line for ready where nothing is said of it', () => {
    const egg = imported({ config: eggConfig({ startup: '{}' }) });
    expect(egg.manifest.console).toEqual([{ pattern: '^', event: 'started' }]);
    expect(saysOf(egg, 'config.startup.done')).toEqual([expect.stringMatching(/^changed/)]);
  });
});

describe('importEgg, of files', () => {
  it('carries every parser, with conditions, indexes and wildcards', () => {
    const files = {
      'a.properties': {
        parser: 'properties',
        find: { port: '{{server.build.default.port}}', ip: '{{server.allocations.default.ip}}' },
      },
      'b.yml': {
        parser: 'yaml',
        find: {
          'l[0].host': '0.0.0.0:{{server.build.default.port}}',
          's.*.address': { localhost: '{{config.docker.interface}}' },
          n: '5',
        },
      },
      './c.json': {
        parser: 'json',
        find: {
          name: '{{server.build.env.NAME}}',
          n: '5',
          on: 'true',
          z: '007',
          m: '{{env.NAME}}',
        },
      },
      '/home/container/d/e.ini': { parser: 'ini', find: { 'net.path': '/home/container/x', 'net.n': 0 } },
      'f.xml': { parser: 'xml', find: { 'S.a': '[value=\'{{server.environment.NAME}}\']' } },
      'g.cfg': { parser: 'file', find: { 'port ': 'port {{server.build.env.SERVER_PORT}}' } },
    };
    const egg = imported({
      config: eggConfig({ files: JSON.stringify(files) }),
      variables: [eggVariable('NAME', 'x', 'string')],
    });
    expect(egg.manifest.files).toEqual([
      { path: 'a.properties', parser: 'properties', set: { port: '{port}', ip: '0.0.0.0' } },
      {
        path: 'b.yml',
        parser: 'yaml',
        set: { 'l[0].host': '0.0.0.0:{port}', 's.*.address': { localhost: '127.0.0.1' }, n: 5 },
      },
      {
        path: 'c.json',
        parser: 'json',
        set: { name: '{settings.NAME}', n: 5, on: 'true', z: '007', m: '{settings.NAME}' },
      },
      { path: 'd/e.ini', parser: 'ini', set: { 'net.path': '{workingDir}/x', 'net.n': 0 } },
      { path: 'f.xml', parser: 'xml', set: { 'S.a': "[value='{settings.NAME}']" } },
      { path: 'g.cfg', parser: 'file', set: { 'port ': 'port {port}' } },
    ]);
    expect(egg.isWhole).toBe(true);
  });

  it('says what it cannot carry', () => {
    const files = {
      'a.hcl': { parser: 'hcl', find: { a: 'b' } },
      '../b.ini': { parser: 'ini', find: { a: 'b' } },
      'c.ini': { parser: 'ini', find: { a: '{{server.moon}}' } },
    };
    const egg = imported({ config: eggConfig({ files }) });
    expect(egg.notes.filter(({ fate }) => fate === 'missing').map(({ field }) => field)).toEqual([
      'config.files.a.hcl',
      'config.files.../b.ini',
      'config.files.c.ini: a',
    ]);
  });
});

it('starts Minetest without its screen, and says what that costs', () => {
  const startup = '/usr/games/minetest --server --terminal --port 1';
  const egg = imported({ startup, config: eggConfig({ stop: '/shutdown' }) });
  expect(egg.manifest).toMatchObject({
    run: ['/usr/games/minetest', '--server', '--port', '1'],
    stop: [{ signal: 'TERM' }],
  });
  expect(saysOf(egg, 'startup')).toEqual([
    expect.stringMatching(/^missing: --terminal/),
    expect.stringMatching(/^carried/),
  ]);
});

it.each([
  ['minetest', '/usr/games/minetestserver', 'minetest --server --port 1', ['--port', '1']],
  ['luanti', '/usr/games/luantiserver', './luanti --port 1 --server', ['--port', '1']],
  ['minetest', '/opt/minetest', 'minetest --server --port 1', ['--server', '--port', '1']],
])('tells a %s that is a server alone, %s, nothing of --server', (name, path, startup, words) => {
  const egg = importEgg(readEgg(madeEgg({ startup })), { programs: { [name]: path } });
  expect(egg.manifest.run).toEqual([path, ...words]);
});

it('says by which name Debian 12 has a program of the image', () => {
  const egg = imported({ startup: 'mumble-server -fg' });
  expect(saysOf(egg, 'docker_images')).toContainEqual(expect.stringMatching(/--program mumble-server=murmurd$/));
  const given = readEgg(madeEgg({ startup: 'mumble-server -fg' }));
  const named = importEgg(given, { programs: { 'mumble-server': 'murmurd' } });
  expect(named.manifest.requires).toEqual([{ program: 'murmurd', package: 'mumble-server' }]);
  expect(saysOf(named, 'docker_images').filter((says) => says.includes('Debian 12'))).toEqual([]);
});

it('writes a startup for a shell without a fault', async () => {
  const dir = await tempDir();
  const startup = 'cd /home/container && ./pond {{NAME}} ${TERM}';
  const { manifest } = imported({ startup, variables: [eggVariable('NAME', 'a', 'required|string')] });
  await writeFiles(dir, { 'funpack.json': JSON.stringify(manifest) });
  expect(manifest.run?.[2]).toContain('cd ${HOME}');
  expect((await checkFunpack(dir)).filter(({ problem }) => problem.includes('means nothing'))).toEqual([]);
});

it('imports a whole egg into a funpack without a fault', async () => {
  const egg = imported({
    name: 'Pond: The Server!',
    features: ['eula', 'pid_limit', 'moon'],
    docker_images: { 'Java 21': 'example.org/yolks:java_21' },
    startup: 'java -jar {{JAR}} --terminal',
    variables: [eggVariable('JAR', 'pond.jar', 'required|regex:/^([\\w\\d._-]+)(\\.jar)$/')],
  });
  expect(egg.manifest).toMatchObject({
    name: 'pond-the-server',
    title: 'Pond: The Server!',
    persistent: true,
    requires: [{ program: 'java', package: 'openjdk-21-jre-headless' }],
    env: { JAR: '{settings.JAR}', SERVER_PORT: '{port}' },
    run: ['java', '-jar', '{settings.JAR}', '--terminal'],
  });
  expect(egg.manifest.files).toEqual([{ path: 'eula.txt', parser: 'properties', set: { eula: true }, ifSet: 'EULA' }]);
  expect(egg.install).toBe('2 lines for bash in example.org/installers:debian');
  expect(saysOf(egg, 'features.moon')).toEqual(['missing: has no counterpart']);
  expect(parseManifest(JSON.stringify(egg.manifest)).faults).toEqual([]);
  const files = { 'funpack.json': JSON.stringify(egg.manifest), 'egg/install.sh': 'true' };
  const dir = await writeFiles(await tempDir(), files);
  const ofMachine = /^requires: java|^install: cannot run here/;
  expect((await checkFunpack(dir)).filter(({ problem }) => !ofMachine.test(problem))).toEqual([
    expect.objectContaining({ problem: expect.stringMatching(/^install: its files are part of every backup/) }),
  ]);
});
