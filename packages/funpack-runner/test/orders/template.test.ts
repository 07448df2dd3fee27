import fc from 'fast-check';
import { PinkyError, type Escape, type FunpackManifest } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';
import type { PlayerEntry } from '../../src/dialect/players.js';
import type { Order } from '../../src/orders/order.js';
import { failsWith } from '../support/work.js';
import { readers } from './readers.js';

interface Given {
  readonly players?: readonly PlayerEntry[];
  readonly settings?: Readonly<Record<string, string>>;
}

/** A game in the declarative form that reads these templates. */
function speaker(manifest: Partial<FunpackManifest>, { players = [], settings = {} }: Given = {}) {
  const whole: FunpackManifest = { name: 'game', version: '1', run: ['game'], ...manifest };
  const dialect = new Dialect(whole, { players }, (name) => settings[name.replace(/^settings\./, '')]);
  return (order: Order) => dialect.stdin(order);
}

/** The line of a message that is said with a template, and nothing that it would be misread as. */
const said = (template: string, escape: Escape | undefined, message: string, given?: Given): string | undefined =>
  speaker({ commands: { say: { send: template, ...(escape && { escape }) } } }, given)({ type: 'say', message })?.[0];

/** Pieces of text that some game takes for more than text. */
const nasty = fc.array(
  fc.constantFrom('"', "'", '`', '\\', ';', '|', '$', ' ', 'a', 'quit', '{message}', '{user}', '$&', "$'", '@a', 'é'),
  { maxLength: 12 },
);

describe('a message in a template', () => {
  it('does not shut down a game of the Quake family, which knows no backslash', () => {
    const attack = 'x"; quit; "';
    expect(readers.quake(`say "${attack.replaceAll('"', '\\"')}"`)).toHaveLength(3); // as it was written before
    expect(() => said('say "{message}"', undefined, attack)).toThrow(failsWith('bad_text'));
    expect(() => said('say "{message}"', { style: 'none', forbid: '"' }, attack)).toThrow(failsWith('bad_text'));
    const replaced = said('say "{message}"', { style: 'none', forbid: '"', replace: "'" }, attack);
    expect(readers.quake(replaced ?? '')).toEqual([['say', "x'; quit; '"]]);
  });

  it.each(Object.entries(readers))('is one word of one command for %s, or refused', (_name, read) => {
    fc.assert(fc.property(nasty, (pieces) => {
      const message = pieces.join('');
      const line = orRefused(() => said('say "{message}"', undefined, message));
      return line === undefined || isEqual(read(line), [['say', message]]);
    }));
  });

  it.each(Object.entries(readers))('begins no other command for %s outside of quotes', (_name, read) => {
    fc.assert(fc.property(nasty, (pieces) => {
      const line = orRefused(() => said('say {message}', undefined, pieces.join('')));
      return line === undefined || read(line).length === 1;
    }));
  });

  it.each([
    ['teeworlds', { style: 'backslash', forbid: '' }, '"'],
    ['shell', { style: 'backslash', forbid: '' }, '"'],
    ['double', { style: 'double', forbid: '' }, '"'],
    ['double', { style: 'double', forbid: '' }, "'"],
    ['shell', { style: 'backslash', forbid: '' }, "'"],
  ] as const)('is said whole to %s as %j declares, between %s', (name, escape, quote) => {
    fc.assert(fc.property(nasty, (pieces) => {
      const message = pieces.join('');
      const line = said(`say ${quote}{message}${quote} end`, escape, message) ?? '';
      return isEqual(readers[name](line), [['say', message, 'end']]);
    }));
  });

  it.each(['a\nb', 'a\rb', 'a\0b', 'a\u2028b', 'a\u2029b', 'a\u0085b', 'a\x1b[2J', 'a\u009b2J', 'a\x7f', 'a\tb'])(
    'is refused with a line break or control character, whatever the funpack allows: %j',
    (message) => {
      expect(() => said('say {message}', { forbid: '' }, message)).toThrow(failsWith('bad_text'));
      expect(() => said('say {message}', { forbid: '', replace: '_' }, message)).toThrow(failsWith('bad_text'));
    },
  );

  it('has its braces left as they are, and dollars too', () => {
    const message = "it's {user} {settings.password} $& $1";
    const settings = { password: 'secret' };
    expect(said('say "{message}"', { forbid: '' }, message, { settings })).toBe(`say "${message}"`);
  });

  it('may be said in several lines', () => {
    const say = speaker({ commands: { say: ['title "{message}"', 'chat {message}'] } });
    expect(say({ type: 'say', message: 'hi all' })).toEqual(['title "hi all"', 'chat hi all']);
    expect(() => say({ type: 'say', message: "it's" })).toThrow(failsWith('bad_text')); // the second line has no quotes
  });

  it('is read as the funpack declares for all its templates, unless a template says otherwise', () => {
    const commands = { say: 'say {message}', tell: { send: 'tell "{user}" {message}', escape: {} } };
    const say = speaker({ commands, escape: { forbid: '' } });
    expect(say({ type: 'say', message: 'a; "b"' })).toEqual(['say a; "b"']);
    expect(() => say({ type: 'tell', user: 'ann', message: 'a; b' })).toThrow(failsWith('bad_text'));
  });
});

describe('the quotes of a template', () => {
  it('are found before settings are filled in', () => {
    const template = 'say [{settings.prefix}] "{message}"';
    const settings = { prefix: "Tom's Server" };
    expect(said(template, undefined, "it's on", { settings })).toBe('say [Tom\'s Server] "it\'s on"');
    const backslash: Escape = { style: 'backslash', forbid: '' };
    expect(said(template, backslash, 'say "hi"', { settings })).toBe('say [Tom\'s Server] "say \\"hi\\""');
  });

  it('are not ended by a setting, and a setting is no second template', () => {
    const template = 'say "[{settings.prefix}] {message}"';
    const spoken = (prefix: string) => () => said(template, undefined, 'hi', { settings: { prefix } });
    expect(spoken('"; quit; "')).toThrow(failsWith('bad_text'));
    expect(spoken('{message}')()).toBe('say "[{message}] hi"');
    expect(spoken('$& $1')).toThrow(failsWith('bad_text'));
  });

  it.each([
    ["say Tom's: {message}", 'a "b"', "say Tom's: a \"b\""],
    ["say Tom's and Ann's: {message} isn't", 'a "b"', "say Tom's and Ann's: a \"b\" isn't"],
    ["say {message} '", 'a', "say a '"],
    ["say '{message}'", 'a "b"', "say 'a \"b\"'"],
  ])('are no apostrophes: %s', (template, message, line) => {
    expect(said(template, { forbid: '' }, message)).toBe(line);
  });

  it('stay open to the end where nothing closes them', () => {
    expect(() => said('say "{message}', { style: 'none', forbid: '' }, '"; quit')).toThrow(failsWith('bad_text'));
  });
});

describe('a name in a template', () => {
  const kick = (template: string, user: string, escape?: Escape, players: readonly string[] = []) =>
    speaker(
      { commands: { kick: template }, ...(escape && { escape }) },
      { players: [user, ...players].map((name) => ({ name })) },
    )({ type: 'kick', user, message: 'ice is nice' });

  it.each([
    ['al ice', /holds a space/],
    ['al\u00a0ice', /holds a space/],
    ['al\u3000ice', /holds a space/],
    ['12', /number of a player/],
    ['-1', /number of a player/],
    ['@a', /selector/],
    ['#3', /selector/],
    ['all', /everybody/],
    ['*', /everybody/],
    ['a"b', /holds "/],
    ["o'neil", /holds '/],
    ['x;quit', /holds ;/],
    ['$rcon_password', /holds \$/],
  ])('is refused where the game might take another player: %s', (user, because) => {
    expect(() => kick('kick {user}', user)).toThrow(because);
    expect(() => kick('kick {user}', user)).toThrow(failsWith('bad_text'));
  });

  it('may hold spaces and apostrophes between double quotes, and still no number', () => {
    expect(kick('kick "{user}"', "o'neil the 1st")).toEqual(['kick "o\'neil the 1st"']);
    expect(() => kick('kick "{user}"', '3')).toThrow(failsWith('bad_text'));
  });

  it('is never changed, since another player may have that name', () => {
    const escape = { forbid: ';"', replace: '' };
    expect(() => kick('kick "{user}"', 'al;', escape, ['al'])).toThrow(failsWith('bad_text'));
  });

  it('is what the funpack says that the game understands', () => {
    const any = { names: '.+' };
    expect(kick('kick {user}', 'al ice', any)).toEqual(['kick al ice']);
    expect(kick('kick {user}', '12', any)).toEqual(['kick 12']);
    expect(() => kick('kick {user}', 'a;b', any)).toThrow(failsWith('bad_text'));
    expect(() => kick('kick {user}', 'al ice', { names: '\\w+' })).toThrow(/no way to be told the name/);
  });

  it('is refused where the words after it make the name of another player', () => {
    const template = 'kick {user} {message}';
    expect(() => kick(template, 'al', undefined, ['al ice'])).toThrow(/"al ice"/);
    expect(kick(template, 'al', undefined, ['al iceman', 'bob'])).toEqual(['kick al ice is nice']);
    expect(kick('kick "{user}" {message}', 'al', undefined, ['al ice'])).toEqual(['kick "al" ice is nice']);
  });

  it.each([['2; quit'], ['2 3'], ['2\nquit'], ['"']])('is no number that the console made up: %j', (id) => {
    const say = speaker({ commands: { kick: 'kick {id}' } }, { players: [{ name: 'al', id }] });
    expect(() => say({ type: 'kick', user: 'al', message: '' })).toThrow(failsWith('bad_text'));
  });

  it('is no number that the console left empty: there is none', () => {
    const say = speaker({ commands: { kick: 'kick {id}' } }, { players: [{ name: 'al', id: '' }] });
    expect(() => say({ type: 'kick', user: 'al', message: '' })).toThrow(failsWith('no_such_player'));
  });
});

describe('an order that the funpack does not support', () => {
  it('has no lines', () => {
    const say = speaker({ commands: { say: 's {message}', tell: 't {message}' }, supports: ['say'] });
    expect(say({ type: 'say', message: 'x' })).toEqual(['s x']);
    expect(say({ type: 'tell', user: 'a', message: 'x' })).toBeUndefined();
  });
});

const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function orRefused(line: () => string | undefined): string | undefined {
  try {
    return line();
  } catch (error) {
    if (error instanceof PinkyError && error.code === 'bad_text') return undefined;
    throw error;
  }
}
