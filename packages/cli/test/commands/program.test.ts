import { remedies } from '@pinky/protocol';
import { exitCodeOf, exitCodes } from '../../src/command-line/exit-codes.js';
import { guesses, meantCommand } from '../../src/command-line/meant-command.js';
import { commandSpecs } from '../../src/command-line/program.js';
import { cli } from '../cli-run.js';

describe('the pinky command', () => {
  it('has the commands that are promised', () => {
    expect(commandSpecs.map((spec) => spec.name).sort()).toEqual([
      'api address',
      'attach',
      'audit',
      'backup',
      'backups',
      'backups get',
      'backups key',
      'backups rm',
      'broadcast',
      'completion',
      'distribute',
      'distribution cancel',
      'distributions',
      'doctor',
      'down',
      'events',
      'explain',
      'fetch',
      'funpack check',
      'funpack import-egg',
      'funpack new',
      'funpack pack',
      'funpack run',
      'funpacks',
      'install',
      'isolate',
      'kick',
      'kill',
      'list',
      'logs',
      'ls',
      'pid claim',
      'pid kill',
      'pin',
      'players',
      'ps',
      'redis',
      'reload',
      'restart',
      'restore',
      'rm',
      'schedule add',
      'schedule edit',
      'schedule ls',
      'schedule rm',
      'schedule run',
      'set',
      'settings',
      'start',
      'status',
      'stop',
      'tell',
      'token create',
      'token list',
      'token revoke',
      'unpin',
      'up',
      'upgrade',
      'verify',
      'wait-until-healthy',
      'web',
      'webhook add',
      'webhook again',
      'webhook edit',
      'webhook list',
      'webhook remove',
      'webhook rotate',
      'webhook show',
      'webhook test',
    ]);
  });

  it.each(commandSpecs.map((spec) => spec.name))(
    '%s --help has examples, --json and exit codes, and its code can be loaded',
    async (name) => {
      const { code, out } = await cli([...name.split(' '), '--help']);
      expect(code).toBe(0);
      for (const text of [`Usage: pinky ${name}`, '--json', 'Examples:', 'Exit codes:', '130  interrupted'])
        expect(out).toContain(text);
      expect(typeof (await commandSpecs.find((spec) => spec.name === name)?.load(commandSpecs))).toBe('function');
    },
  );

  it('shows only examples that its own parser takes', async () => {
    const known = new Set(commandSpecs.map((spec) => spec.name));
    for (const example of commandSpecs.flatMap((spec) => spec.examples)) {
      const [, first = '', second = ''] = /pinky ([\w-]+)(?: ([\w-]+))?/.exec(example) ?? [];
      expect(known.has(first) || known.has(`${first} ${second}`)).toBe(true);
    }
  });

  it('hints only at commands that there are', () => {
    const names = new Set(commandSpecs.map((spec) => spec.name));
    for (const guess of Object.keys(guesses)) {
      expect([guess, names.has(guess)]).toEqual([guess, false]);
      for (const [, meant] of meantCommand(guess)?.matchAll(/`pinky ([a-z]+)/g) ?? []) {
        expect([guess, meant, names.has(meant ?? '')]).toEqual([guess, meant, true]);
      }
    }
  });

  it.each([
    ['show', '`pinky explain <id>`'],
    ['destroy', '`pinky rm <id>` forgets'],
    ['-v', '`pinky --version`'],
    ['reboot', '`pinky restart <id>`'],
    ['halt', '`pinky down`'],
    ['sttus', 'Did you mean status?'],
    ['stpo', 'Did you mean stop?'],
    ['dwn', 'Did you mean down?'],
  ])('has a hint for the common guess %s', async (guess, hint) => {
    const { code, err } = await cli([guess]);
    expect(code).toBe(2);
    expect(err).toContain(hint);
  });

  it.each(['shop', 'dawn', 'rom', 'stall', 'sop-it', 'kit', 'upset', 'mr.', 'sow', 'chop', 'spot'])(
    'suggests for %s no command that stops or removes something',
    async (word) => {
      const [, suggestion = ''] = (await cli([word])).err.split('Did you mean');
      const slips: Readonly<Record<string, string>> = { shop: 'stop', dawn: 'down', rom: 'rm' }; // one letter
      const found = suggestion.match(/\b(?:down|kick|kill|restart|rm|stop|upgrade)\b/g) ?? [];
      expect(found.filter((command) => command !== slips[word])).toEqual([]);
    },
  );

  it('has a listed exit code for every error code', () => {
    const listed = exitCodes.map((one) => one.code);
    // The keys of `remedies` are exactly ErrorCode; Object.keys forgets that.
    for (const code of Object.keys(remedies) as (keyof typeof remedies)[]) expect(listed).toContain(exitCodeOf(code));
  });

  it('prints its version', async () => {
    expect(await cli(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it('prints no escape sequence into a pipe, or if NO_COLOR is set', async () => {
    const [pipe, plain, colour] = await Promise.all([
      cli(['ps'], { env: { PINKY_HOME: '/nonexistent' } }),
      cli(['ps'], { isTerminal: true, env: { PINKY_HOME: '/nonexistent', NO_COLOR: '1' } }),
      cli(['ps'], { isTerminal: true, env: { PINKY_HOME: '/nonexistent' } }),
    ]);
    expect([pipe.err, plain.err, colour.err].map((text) => text.includes('\u001b['))).toEqual([false, false, true]);
  });
});

describe('a mistyped command line', () => {
  it.each([
    [['start', 'a', '--funpak', 'x'], "unknown option '--funpak'; Did you mean --funpack?"],
    [['start'], "missing required argument 'id'"],
    [['strt'], "unknown command 'strt'; Did you mean start?"],
    [['delete', 'a'], "unknown command 'delete'; `pinky rm <id>` forgets a server that is down"],
    [['version'], "unknown command 'version'; `pinky --version` prints it"],
    [['servers'], "unknown command 'servers'; `pinky ls` lists the servers"],
    [['ps', '--home', '/etc/passwd'], '/etc/passwd is not a folder'],
  ])('%j: %s', async (args, sentence) => {
    expect(await cli(args, { env: { PINKY_HOME: '/nonexistent' } })).toMatchObject({
      code: 2,
      err: expect.stringContaining(sentence),
    });
  });

  it('is reported to programs too', async () => {
    const [nothing, flag] = await Promise.all([cli(['--json']), cli(['start', '--json'])]);
    expect([nothing.code, JSON.parse(nothing.out)]).toEqual([
      2,
      {
        error: expect.objectContaining({
          code: 'bad_command',
          message: 'no command was given; `pinky --help` lists them',
        }),
      },
    ]);
    expect([flag.code, JSON.parse(flag.out)]).toEqual([
      2,
      { error: expect.objectContaining({ code: 'bad_command', message: expect.stringContaining("'id'") }) },
    ]);
  });
});

describe('a command for a box that does not run', () => {
  it('fails soon, and does not wait for a queue', async () => {
    expect(await cli(['stop', 'a'], { env: { PINKY_HOME: '/nonexistent' } })).toMatchObject({
      code: 3,
      err: expect.stringContaining('pinky: supervisor_unreachable'),
    });
  }, 8000); // a queue that restarts is waited for 10 s
});

describe('advice', () => {
  it('can be typed as printed, however the command was called', async () => {
    const env = { PINKY_HOME: '/nonexistent', PINKY_CALLED_AS: './pinky' };
    expect((await cli(['ps'], { env })).err).toContain('`./pinky up --daemonize` starts it');
    expect((await cli(['stop'], { env })).err).toContain('`./pinky stop --help`');
    expect((await cli(['redis'], { env })).err).toContain('does not run now; `./pinky up --daemonize`');
    expect((await cli(['stop', 'a'], { env: { PINKY_HOME: '/nonexistent' } })).err).toContain('`pinky up`');
    expect((await cli(['doctor'], { env })).out).toContain('does not exist yet; `./pinky up` makes it');
  });
});
