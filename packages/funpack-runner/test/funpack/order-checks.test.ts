import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkFunpack } from '../../src/funpack/check-funpack.js';
import { parseManifest } from '../../src/funpack/manifest.js';
import { tempDirs } from '../support/temp.js';

const tempDir = tempDirs();

const faultsOf = (fields: object): readonly string[] =>
  parseManifest(JSON.stringify({ name: 'x', version: '1', ...fields })).faults;

describe('the fields about orders', () => {
  it.each([
    [{ commands: { say: 'say {message}' } }, []],
    [{ commands: { say: ['a', 'b'], kick: { send: ['kick {user}'], escape: { style: 'double' } } } }, []],
    [{ commands: { tell: { escape: { style: 'none', forbid: '"', replace: "'", names: '\\w+' } } } }, []],
    [{ orders: 'json', supports: ['say', 'list'], escape: {} }, []],
    [{ commands: { say: 'a\nb' } }, ['commands.say: must be one line of text']],
    [{ commands: { say: [] } }, ['commands.say: must not be empty']],
    [{ commands: { say: { send: 5 } } }, ['commands.say.send: must be one line of text']],
    [{ escape: { style: 'html' } }, ['escape.style: must be one of backslash, double, none; it is "html"']],
    [{ escape: { forbid: ';"', replace: ';' } }, ['escape.replace: holds ;, which cannot be said either']],
    [{ escape: { replace: "'" } }, ["escape.replace: holds ', which cannot be said either"]],
    [{ escape: { replace: 'a\nb' } }, ['escape.replace: must be one line of text']],
    [{ orders: 'xml' }, ['orders: must be one of text, json; it is "xml"']],
    [{ orders: { via: 'rcon', port: '{settings.p}', password: 'x' } }, []],
    [{ orders: { via: 'telnet', port: 23, login: [{ waitFor: ':$' }, { send: 'x' }], lineEnd: '\r\n' } }, []],
    [{ orders: { via: 'fifo', path: 'orders', form: 'json' }, afterStarted: [{ send: 'x' }] }, []],
    [{ orders: { via: 'fifo', path: '../pipe_stdin' } }, [
      'orders.path: must be the name of a file in working/, without a folder',
    ]],
    [{ orders: { via: 'rcon', port: 0 } }, [
      'orders.port: must be a port, or a text such as {settings.rconPort}',
      'orders.password: is missing',
    ]],
    [{ orders: { via: 'pigeon' } }, ['orders.via: must be one of rcon, telnet, fifo; it is "pigeon"']],
    [{ supports: ['dance'] }, ['supports[0]: must be one of say, tell, kick, list; it is "dance"']],
  ])('%j', (fields, faults) => {
    expect(faultsOf(fields)).toEqual(faults);
  });

  it('tells of a bad pattern for names', () => {
    expect(faultsOf({ escape: { names: '(' } })).toEqual([expect.stringMatching(/^escape\.names: Invalid regular/)]);
  });
});

describe('the check of a whole funpack', () => {
  async function problemsOf(fields: object): Promise<readonly string[]> {
    const dir = await tempDir();
    mkdirSync(join(dir, 'bin'));
    writeFileSync(join(dir, 'bin', 'run'), '#!/bin/sh\n');
    chmodSync(join(dir, 'bin', 'run'), 0o755);
    writeFileSync(join(dir, 'funpack.json'), JSON.stringify({ name: 'x', version: '1', ...fields }));
    return (await checkFunpack(dir)).map(({ severity, problem }) => `${severity}: ${problem}`);
  }

  it('warns of a template whose game nobody describes', async () => {
    const commands = { say: 'say {message}', list: 'list', kick: ['kick {id}', 'say gone {user}'] };
    const console = [{ pattern: '^(?<user>.*) (?<id>.)$', event: 'player_connected' }];
    expect(await problemsOf({ commands, console })).toEqual([
      'warning: commands.say: no escape says how the game reads text, so one of " \' ` \\ ; | $ is refused',
      'warning: commands.kick: no escape says how the game reads text, so one of " \' ` \\ ; | $ is refused',
    ]);
    expect(await problemsOf({ commands, console, escape: {} })).toEqual([]);
  });

  it('finds what is wrong in each line of a template', async () => {
    const commands = { say: { send: ['a {mesage}', 'b {settings.x}'], escape: {} }, kick: 'kick {id}' };
    expect(await problemsOf({ commands })).toEqual([
      'error: commands.kick: needs {id}, but no rule of player_connected captures (?<id>…)',
      'warning: commands.say: {mesage} means nothing',
      'warning: commands.say: {settings.x} means nothing',
    ]);
  });
});
