import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunpackManifest } from '@pinky/protocol';
import type { Funpack } from '../../src/funpack/read-funpack.js';
import { writeInputs } from '../../src/launch/inputs.js';
import type { LaunchContext } from '../../src/launch/launch-context.js';
import { launchSpec } from '../../src/launch/launch-spec.js';
import { prepare } from '../../src/launch/prepare.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';
import { failsWith } from '../support/work.js';

const tempDir = tempDirs();

async function setUp(manifest: Partial<FunpackManifest>, settings: Record<string, unknown> = {}) {
  const dir = await tempDir();
  const funpack: Funpack = {
    dir: await writeFiles(join(dir, 'pack'), programFunpack()),
    digest: 'd',
    manifest: { name: 'g', version: '1', ...manifest },
    has: {
      run: manifest.run === undefined,
      bootstrap: false,
      prepare: false,
      import: false,
      order: false,
    },
  };
  const context: LaunchContext = {
    serverId: 's1',
    port: 10_100,
    ram: { min: 512, max: 1024 },
    settings,
    workingDir: join(dir, 'working'),
    sharedDir: join(dir, 'shared'),
    datafile: join(dir, 'datafile.json'),
    home: join(dir, 'working'),
  };
  await mkdir(context.workingDir);
  return { dir, funpack, context };
}

describe('launchSpec', () => {
  it('runs bin/run in working/, with only what a funpack is promised in its environment', async () => {
    const { funpack, context } = await setUp({});
    const spec = launchSpec(funpack, context);
    expect(spec).toEqual({ command: [join(funpack.dir, 'bin/run')], cwd: context.workingDir, env: expect.any(Object) });
    expect(Object.keys(spec.env).sort()).toEqual([
      'DATAFILE',
      'HOME',
      'LANG',
      'PATH',
      'PORT',
      'SERVER_ID',
      'SHARED_DIR',
    ]);
    expect(spec.env).toMatchObject({
      PORT: '10100',
      SERVER_ID: 's1',
      SHARED_DIR: context.sharedDir,
      DATAFILE: context.datafile,
      HOME: context.home,
    });
    expect(spec.env['PATH']?.split(':')).toContain('/usr/games');
  });

  it('fills in placeholders without a shell', async () => {
    const { funpack, context } = await setUp(
      {
        run: [
          'sh',
          '-c',
          '{port}',
          '{serverId}',
          '{ram.min}-{ram.max}',
          '{settings.name}',
          '{settings.missing}',
          '{settings.list}',
          '{workingDir}',
          '{sharedDir}',
          '{funpackDir}',
          '{home}',
          '{other}',
          '{ port }',
        ],
        env: { MOTD: 'motd {settings.name}' },
      },
      { name: '$(reboot) "; {port}', list: [1, 'b'] },
    );
    const { command, env } = launchSpec(funpack, context);
    expect(command).toEqual([
      'sh',
      '-c',
      '10100',
      's1',
      '512-1024',
      '$(reboot) "; {port}',
      '',
      '1,b',
      context.workingDir,
      context.sharedDir,
      funpack.dir,
      context.home,
      '{other}',
      '{ port }',
    ]);
    expect(env['MOTD']).toBe('motd $(reboot) "; {port}');
  });

  it('leaves out the arguments of a setting that is not set', async () => {
    const run = [
      'sh',
      { ifSet: 'pass', args: ['--pass', '{settings.pass}'] },
      { ifSet: 'list', args: ['-l={settings.list}'] },
      { ifSet: 'on', args: ['--on'] },
    ];
    const set = await setUp({ run }, { pass: 'a b', list: ['x', 'y'], on: true });
    expect(launchSpec(set.funpack, set.context).command).toEqual(['sh', '--pass', 'a b', '-l=x,y', '--on']);
    const unset = await setUp({ run: [{ command: run }] }, { pass: '', list: [], on: false });
    expect(launchSpec(unset.funpack, unset.context).command).toEqual(['sh']);
  });

  it('takes the first variant that applies', async () => {
    const { funpack, context } = await setUp({
      run: [{ ifExists: 'save/{serverId}.sav', command: ['sh', 'load'] }, { command: ['sh', 'new'] }],
    });
    expect(launchSpec(funpack, context).command).toEqual(['sh', 'new']);
    await writeFiles(context.workingDir, { 'save/s1.sav': '' });
    expect(launchSpec(funpack, context).command).toEqual(['sh', 'load']);
  });

  it('names the missing programs', async () => {
    const none = await setUp({ run: [{ ifExists: 'x', command: ['sh'] }] });
    expect(() => launchSpec(none.funpack, none.context)).toThrow(failsWith('bad_funpack'));
    const missing = await setUp({
      run: ['no-such-game'],
      requires: [{ program: 'no-such-game', package: 'games-of-debian' }],
    });
    expect(() => launchSpec(missing.funpack, missing.context)).toThrow(
      expect.objectContaining({
        code: 'missing_program',
        message: 'g: not installed: no-such-game (package games-of-debian)',
      }),
    );
    const undeclared = await setUp({ run: ['/no/such/game'] });
    expect(() => launchSpec(undeclared.funpack, undeclared.context)).toThrow(failsWith('missing_program'));
  });

  it('gives a terminal to a game that wants one, with its exit status and without an echo', async () => {
    const { funpack, context } = await setUp({
      tty: true,
      run: ['sh', '-c', 'test -t 0 && test -t 1 && read line && echo "it\'s $line" && exit 7'],
    });
    const { command, cwd, env } = launchSpec(funpack, context);
    const child = spawn(command[0] ?? '', command.slice(1), { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
    child.stdin.write('hello\n');
    const [code] = await once(child, 'close');
    expect({ code, output }).toEqual({ code: 7, output: "it's hello\r\n" });
  });

  it('gives it the kind and the size of terminal that its funpack names', async () => {
    const { funpack, context } = await setUp({
      tty: { term: 'vt220', columns: 132, rows: 43 },
      run: ['sh', '-c', 'echo $TERM $(stty size); exit 3'],
    });
    const { command, cwd, env } = launchSpec(funpack, context);
    const child = spawn(command[0] ?? '', command.slice(1), { cwd, env, stdio: ['pipe', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => { output += text; });
    const [code] = await once(child, 'close');
    expect({ code, output }).toEqual({ code: 3, output: 'vt220 43 132\r\n' });
  });
});

describe('writeInputs', () => {
  it('writes the datafile with settings and access lists', async () => {
    const { funpack, context } = await setUp({}, { motd: 'hi', ops: ['chrislloyd'], banned: 'not a list' });
    writeInputs(funpack, context);
    expect(JSON.parse(await readFile(context.datafile, 'utf8'))).toEqual({
      serverId: 's1',
      port: 10_100,
      ports: {},
      ram: { min: 512, max: 1024 },
      settings: { motd: 'hi', ops: ['chrislloyd'], banned: 'not a list' },
      ops: ['chrislloyd'],
      banned: [],
      whitelisted: [],
    });
    expect((await stat(context.datafile)).mode & 0o777).toBe(0o600);
  });

  it('writes configuration files from templates and contents, again before each start', async () => {
    const { funpack, context } = await setUp(
      {
        files: [
          { path: 'conf/a.cfg', template: 'a.tpl' },
          { path: 'b', content: 'p={port}' },
        ],
      },
      { motd: 'hi' },
    );
    await writeFiles(funpack.dir, { 'a.tpl': 'motd = {settings.motd}\nt = { 1, {x} }\n' });
    writeInputs(funpack, context);
    writeInputs(funpack, { ...context, port: 5 });
    expect(await readFile(join(context.workingDir, 'conf/a.cfg'), 'utf8')).toBe('motd = hi\nt = { 1, {x} }\n');
    expect(await readFile(join(context.workingDir, 'b'), 'utf8')).toBe('p=5');
    expect((await readdir(context.workingDir)).sort()).toEqual(['b', 'conf']);
  });

  it('leaves alone a file whose setting is not set', async () => {
    const { funpack, context } = await setUp({ files: [{ path: 'a', content: 'x', ifSet: 'eula' }] }, { eula: false });
    writeInputs(funpack, context);
    expect(await readdir(context.workingDir)).toEqual([]);
    writeInputs(funpack, { ...context, settings: { eula: true } });
    expect(await readdir(context.workingDir)).toEqual(['a']);
  });

  it('follows a link that stays inside, and refuses one that goes round for ever', async () => {
    const { funpack, context } = await setUp({ files: [{ path: 'conf/a.cfg', content: 'x' }] });
    await writeFiles(context.workingDir, { 'real/deep/keep': '' });
    await symlink('real/deep/../deep', join(context.workingDir, 'conf'));
    writeInputs(funpack, context);
    expect((await readdir(join(context.workingDir, 'real/deep'))).sort()).toEqual(['a.cfg', 'keep']);
    const loop = await setUp({ files: [{ path: 'conf/a.cfg', content: 'x' }] });
    await symlink('conf', join(loop.context.workingDir, 'conf'));
    expect(() => writeInputs(loop.funpack, loop.context)).toThrow(failsWith('bad_funpack'));
  });

  it('writes nowhere else, whatever links a restored world has', async () => {
    const { dir, funpack, context } = await setUp({ files: [{ path: 'conf/deep/a.cfg', content: 'x' }] });
    await writeFiles(dir, { 'outside/keep': '' });
    await symlink('../outside', join(context.workingDir, 'conf'));
    expect(() => writeInputs(funpack, context)).toThrow(failsWith('bad_funpack'));
    expect(await readdir(join(dir, 'outside'))).toEqual(['keep']);
  });

  it('replaces a link instead of following it', async () => {
    const { dir, funpack, context } = await setUp({ files: [{ path: 'a.cfg', content: 'x' }] });
    await writeFiles(dir, { outside: 'untouched' });
    await symlink('../outside', join(context.workingDir, 'a.cfg'));
    writeInputs(funpack, context);
    expect(await readFile(join(dir, 'outside'), 'utf8')).toBe('untouched');
    expect(await readFile(join(context.workingDir, 'a.cfg'), 'utf8')).toBe('x');
  });

  it('refuses a setting that would become a second line', async () => {
    const { funpack, context } = await setUp(
      { files: [{ path: 'a', content: '{settings.motd}' }] },
      { motd: 'x\nrcon_password = ""' },
    );
    expect(() => writeInputs(funpack, context)).toThrow(failsWith('bad_settings'));
  });

  it('says which template is missing', async () => {
    const { funpack, context } = await setUp({ files: [{ path: 'a', template: 'gone' }] });
    expect(() => writeInputs(funpack, context)).toThrow(
      expect.objectContaining({ code: 'bad_funpack', message: expect.stringContaining('gone') }),
    );
  });
});

it('runs bin/prepare in working/ after it has written the files', async () => {
  const { funpack, context } = await setUp({ files: [{ path: 'a', content: '{port}' }] });
  await writeFiles(funpack.dir, {
    'bin/prepare': '#!/bin/sh\ncp a "b-$PORT"; grep -q serverId "$DATAFILE" && echo ready\n',
  });
  const lines: string[] = [];
  expect(
    await prepare({ ...funpack, has: { ...funpack.has, prepare: true } }, context, {
      onLine: (line) => lines.push(line),
    }),
  ).toEqual({ ran: true });
  expect(lines).toEqual(['ready']);
  expect(execFileSync('cat', [join(context.workingDir, 'b-10100')]).toString()).toBe('10100');
});
