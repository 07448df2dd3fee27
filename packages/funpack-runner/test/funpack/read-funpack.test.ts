import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { checkFunpack } from '../../src/funpack/check-funpack.js';
import { readFunpack } from '../../src/funpack/read-funpack.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';

const tempDir = tempDirs();
const pack = async (files: Readonly<Record<string, string>>): Promise<string> => writeFiles(await tempDir(), files);
const manifest = (fields: object): string =>
  JSON.stringify({
    name: 'g',
    version: '1',
    run: ['true'],
    console: [{ pattern: 'x', event: 'started' }],
    ...fields,
  });

describe('readFunpack', () => {
  it('reads a whole funpack', async () => {
    const dir = await pack(programFunpack({ persistent: true }, { 'bin/prepare': '#!/bin/sh\n' }));
    expect(readFunpack(dir, 'digest')).toEqual({
      dir,
      digest: 'digest',
      manifest: { name: 'game', version: '1', persistent: true },
      has: { run: true, bootstrap: false, prepare: true, import: false, order: false },
    });
  });

  it('reads every field of the manifest, and accepts an unknown one', async () => {
    const dir = await pack({
      'funpack.json': `\uFEFF${manifest({
        title: 't',
        schema: {
          a: { type: 'enum', values: ['x', 1], default: 'x', label: 'l' },
          b: { type: 'integer', min: 1, max: 2 },
        },
        startTimeoutMs: 1,
        silenceTimeoutMs: 1,
        persistent: true,
        tty: false,
        backup: {
          paths: ['world'],
          exclude: ['*.log'],
          intervalMs: 5,
          before: [{ send: 'save' }, { waitFor: 'saved', timeoutMs: 1 }],
        },
        stop: [{ send: 'stop' }, { signal: 'INT' }],
        stopTimeoutMs: 1,
        ladder: [{ signal: 'SIGTERM', waitMs: 1 }],
        requires: [{ program: 'sh', package: 'dash' }],
        run: [{ ifExists: 'save/x', command: ['sh'] }, { command: ['sh', '-c', 'true'] }],
        env: { A: 'b' },
        files: [
          { path: 'a', template: 't' },
          { path: 'b', content: '' },
        ],
        strip: 'x',
        commands: { say: 'say {message}' },
        futureField: {},
      })}`,
    });
    expect(readFunpack(dir)).toMatchObject({ manifest: { title: 't' } });
  });

  it.each<[string, Readonly<Record<string, string>>, RegExp]>([
    ['there is no funpack.json', { 'bin/run': '#!/bin/sh\n' }, /funpack\.json: is missing/],
    ['it is not JSON', { 'funpack.json': '{name: x}' }, /funpack\.json: is not JSON/],
    ['it is a list', { 'funpack.json': '[]' }, /funpack\.json: must be an object/],
    ['it is null', { 'funpack.json': 'null' }, /funpack\.json: must be an object/],
    [
      'there is neither bin/run nor run',
      { 'funpack.json': '{"name":"x","version":"1"}' },
      /neither a program bin\/run nor the field `run`/,
    ],
    ['the name is missing', { 'funpack.json': '{"version":"1","run":["x"]}' }, /name: is missing/],
    [
      'a regular expression is broken',
      { 'funpack.json': manifest({ console: [{ pattern: '(', event: 'started' }] }) },
      /console\[0\]\.pattern: Invalid regular expression/,
    ],
    [
      'an event is unknown',
      { 'funpack.json': manifest({ console: [{ pattern: 'x', event: 'exploded' }] }) },
      /console\[0\]\.event: "exploded"/,
    ],
    [
      'a setting has an unknown type',
      { 'funpack.json': manifest({ schema: { a: { type: 'date' } } }) },
      /schema\.a\.type: must be one of string, .*"date"/,
    ],
    [
      'an enum lacks its values',
      { 'funpack.json': manifest({ schema: { a: { type: 'enum' } } }) },
      /schema\.a\.values: is missing/,
    ],
    [
      'limits are the wrong way round',
      { 'funpack.json': manifest({ schema: { a: { type: 'integer', min: 3, max: 1 } } }) },
      /schema\.a\.min: is larger than max/,
    ],
    [
      'a time is a text',
      { 'funpack.json': manifest({ startTimeoutMs: '5' }) },
      /startTimeoutMs: must be a whole number/,
    ],
    [
      'a signal is unknown',
      { 'funpack.json': manifest({ ladder: [{ signal: 'BANG', waitMs: 1 }] }) },
      /ladder\[0\]\.signal: "BANG"/,
    ],
    ['a step is none', { 'funpack.json': manifest({ stop: [{ shout: 'x' }] }) }, /stop\[0\]: must be one of/],
    [
      'a step holds two lines',
      { 'funpack.json': manifest({ stop: [{ send: 'a\nb' }] }) },
      /stop\[0\]\.send: must be one line/,
    ],
    [
      'a file leaves working/',
      { 'funpack.json': manifest({ files: [{ path: '../x', content: '' }] }) },
      /files\[0\]\.path: must be a relative path/,
    ],
    [
      'a template leaves the funpack',
      { 'funpack.json': manifest({ files: [{ path: 'x', template: '/etc/passwd' }] }) },
      /files\[0\]\.template/,
    ],
    [
      'a file has no content',
      { 'funpack.json': manifest({ files: [{ path: 'x' }] }) },
      /files\[0\]: must have either template or content/,
    ],
    [
      'a backed-up path leaves working/',
      { 'funpack.json': manifest({ backup: { paths: ['a/../..'] } }) },
      /backup\.paths\[0\]/,
    ],
    ['run is empty', { 'funpack.json': manifest({ run: [] }) }, /run: must not be empty/],
    ['run is a shell line', { 'funpack.json': manifest({ run: 'rm -rf /' }) }, /run: must be a list/],
    [
      'a name of the environment is none',
      { 'funpack.json': manifest({ env: { 'A=B': 'c' } }) },
      /env\.A=B: is not a name/,
    ],
  ])('throws bad_funpack when %s', async (_what, files, message) => {
    const dir = await pack(files);
    expect(() => readFunpack(dir)).toThrow(
      expect.objectContaining({ code: 'bad_funpack', message: expect.stringMatching(message) }),
    );
    expect(() => readFunpack(dir)).toThrow(expect.objectContaining({ message: expect.stringContaining(dir) }));
    expect((await checkFunpack(dir)).some(({ severity }) => severity === 'error')).toBe(true);
  });

  it('names every fault at once', async () => {
    const dir = await pack({ 'funpack.json': '{"version":5,"tty":"yes"}' });
    expect(() => readFunpack(dir)).toThrow(
      expect.objectContaining({
        details: {
          faults: [expect.stringContaining('name'), expect.stringContaining('version'), expect.stringContaining('tty')],
        },
      }),
    );
  });

  it('tells a program that may not be run from a missing one', async () => {
    const dir = await pack(programFunpack());
    await chmod(join(dir, 'bin/run'), 0o644);
    expect(() => readFunpack(dir)).toThrow(
      expect.objectContaining({ message: expect.stringContaining('bin/run: is not an executable file') }),
    );
  });
});

describe('checkFunpack', () => {
  const problems = async (files: Readonly<Record<string, string>>): Promise<string[]> =>
    (await checkFunpack(await pack(files))).map(({ severity, file, problem }) => `${severity} ${file} ${problem}`);

  it('finds no fault in a good funpack', async () => {
    expect(
      await problems(
        programFunpack(
          { schema: { motd: { type: 'string', default: 'hi' } }, files: [{ path: 'c', template: 't.cfg' }] },
          { 't.cfg': 'motd={settings.motd} { braces }' },
        ),
      ),
    ).toEqual([]);
  });

  it.each<[RegExp, Readonly<Record<string, string>>]>([
    [/warning funpack.json persitent: is not a field/, programFunpack({ persitent: true })],
    [
      /error funpack.json schema\.a\.default: must be a whole number/,
      programFunpack({ schema: { a: { type: 'integer', default: 'x' } } }),
    ],
    [/error funpack.json console: no rule has the event started/, { 'funpack.json': manifest({ console: [] }) }],
    [
      /error funpack.json commands\.tell: needs \{id\}/,
      { 'funpack.json': manifest({ commands: { tell: 'tell {id}' } }) },
    ],
    [
      /error funpack.json requires: no-such-program is not installed; apt-get install some-package/,
      programFunpack({ requires: [{ program: 'no-such-program', package: 'some-package' }] }),
    ],
    [
      /error t\.cfg files c: the template cannot be read \(ENOENT\)/,
      programFunpack({ files: [{ path: 'c', template: 't.cfg' }] }),
    ],
    [
      /warning funpack.json files c: \{settings\.x\} is not in schema/,
      programFunpack({ files: [{ path: 'c', content: '{settings.x}' }] }),
    ],
    [
      /warning funpack.json run: \{prot\} means nothing/,
      { 'funpack.json': manifest({ run: ['game', '--port={prot}'] }) },
    ],
    [
      /warning funpack.json run: every variant has ifExists/,
      { 'funpack.json': manifest({ run: [{ ifExists: 'x', command: ['game'] }] }) },
    ],
    [
      /error funpack.json run: \/usr\/games\/no-such-game is not a program of this machine/,
      { 'funpack.json': manifest({ run: ['/usr/games/no-such-game', '-x'] }) },
    ],
    [
      /warning funpack.json commands\.list: no rule has the event players_list/,
      { 'funpack.json': manifest({ run: ['game'], commands: { list: 'who' } }) },
    ],
    [
      /warning funpack.json query\.type: gamedig knows no game "openttdd"; did you mean openttd\?/,
      programFunpack({ query: { type: 'openttdd' } }),
    ],
    [
      /warning funpack.json query\.type: .*"mumbleping"; did you mean protocol-mumbleping\?/,
      programFunpack({ query: { type: 'mumbleping' } }),
    ],
    [/warning funpack.json run: is not used/, { 'funpack.json': manifest({}), 'bin/run': '#!/bin/sh\n' }],
    [/warning funpack.json hang: ends no game without query or silenceTimeoutMs/, programFunpack({ hang: {} })],
    [/error bin\/prepare does not begin with #!/, programFunpack({}, { 'bin/prepare': 'echo hi\n' })],
    [
      /error bin\/prepare its interpreter no-such-python is not installed/,
      programFunpack({}, { 'bin/prepare': '#!/usr/bin/env no-such-python\n' }),
    ],
    [/error bin\/prepare has Windows line ends/, programFunpack({}, { 'bin/prepare': '#!/bin/sh\r\necho\r\n' })],
  ])('finds %s', async (problem, files) => {
    expect(await problems(files)).toEqual([expect.stringMatching(problem)]);
  });
});
