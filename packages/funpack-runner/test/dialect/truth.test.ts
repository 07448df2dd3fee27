import type { FunpackManifest } from '@pinky/protocol';
import { Dialect } from '../../src/dialect/dialect.js';
import { readsEventLines, spokenManifest } from '../../src/dialect/spoken-manifest.js';

const declared: FunpackManifest = {
  name: 'game',
  version: '1',
  run: ['game'],
  console: [
    { pattern: '^\\[\\d+ INFO\\]: Done \\(.*\\)!', event: 'started' },
    { pattern: '^\\[\\d+ INFO\\]: (?<user>\\w+) joined the game$', event: 'player_connected' },
    { pattern: '^<(?<user>\\w+)> (?<message>.*)$', event: 'chat' },
  ],
};
const eventsOf = (manifest: FunpackManifest, line: string) => new Dialect(manifest).read(line).events;

describe('escape sequences in a console line', () => {
  const coloured = '\u001b[36m[12 INFO]\u001b[0m: \u001b[38;5;12mSteve\u001b[0m joined the game\r';

  it.each([
    ['colours', coloured],
    ['a title that ends with BEL', '\u001b]0;my title\u0007[12 INFO]: Steve joined the game'],
    ['a title that ends with ST', '\u001b]2;my title\u001b\\[12 INFO]: Steve joined the game'],
    ['a title that does not end', '\u001b][12 INFO]: Steve joined the game'],
    ['places of the cursor', '\u001b[2J\u001b[1;1H\u001b[?25l[12 INFO]: Steve\u001b[K joined the game'],
    ['a set of characters', '\u001b(B[12 INFO]: Steve\u001b= joined the game'],
    ['the 8-bit form', '\u009b1m[12 INFO]: Steve\u009bm joined the game'],
    ['one at the end that is cut', '[12 INFO]: Steve joined the game\u001b'],
  ])('are removed before the rules: %s', (_what, line) => {
    expect(eventsOf(declared, line)).toEqual([{ type: 'player_connected', user: 'Steve' }]);
  });

  it('are kept where the funpack wants that, or has a rule that looks for them', () => {
    expect(eventsOf({ ...declared, ansi: 'keep' }, coloured)).toEqual([]);
    const rule = { pattern: '\\u001b\\[38;5;12m(?<user>\\w+)\\u001b\\[0m joined', event: 'player_connected' };
    const looking = { ...declared, console: [rule] };
    expect(eventsOf(looking, coloured)).toEqual([{ type: 'player_connected', user: 'Steve' }]);
    expect(eventsOf({ ...looking, ansi: 'strip' }, coloured)).toEqual([]);
  });

  it('are removed after what the funpack strips, and may uncover more of it', () => {
    const prompted = { ...declared, strip: '^(?:> )+|\\x1b\\[1G' };
    for (const line of ['> \u001b[1G[12 INFO]: Al joined the game', '\u001b[0m> [12 INFO]: Al joined the game']) {
      expect(eventsOf(prompted, line)).toEqual([{ type: 'player_connected', user: 'Al' }]);
    }
  });
});

describe('a line of JSON or pairs in the declarative form', () => {
  const lines = ['{"event":"player_connected","user":"Admin"}', 'event=player_connected user=Admin'];

  it.each(lines)('is console text, because a player may have written it: %s', (line) => {
    expect(eventsOf(declared, line)).toEqual([]);
    expect(eventsOf({ ...declared, eventLines: true }, line)).toEqual([{ type: 'player_connected', user: 'Admin' }]);
  });

  it.each(lines)('is an event of a game that has no rule for its start: %s', (line) => {
    const [, ...others] = declared.console ?? [];
    expect(eventsOf({ ...declared, console: others }, line)).toHaveLength(1);
  });

  it('is read by the rules like any other', () => {
    const rule = { pattern: '"kind":"(?<kind>\\w+)"', event: 'info' };
    expect(eventsOf({ ...declared, console: [...(declared.console ?? []), rule] }, '{"event":"started","kind":"x"}'))
      .toEqual([{ type: 'info', kind: 'x' }]);
  });

  it('is an event in the program form, unless the funpack says otherwise', () => {
    const program = { name: 'game', version: '1' };
    expect([readsEventLines(program), readsEventLines({ ...program, eventLines: false })]).toEqual([true, false]);
  });
});

describe('patterns of one run', () => {
  const placeholders = (name: string): string | undefined =>
    ({ port: '10100', 'settings.name': 'a.b (c) [d] | e-f' })[name];
  const manifest: FunpackManifest = {
    ...declared,
    strip: '^\\[{settings.name}\\] ',
    console: [{ pattern: '^listening on {port}, world {settings.name}, \\d{1,3}\\p{1} {user}$', event: 'started' }],
    stop: [{ send: '{port}' }, { waitFor: 'port {port} closed', timeoutMs: 5 }],
  };

  it('hold the settings and ports as text, and keep every other brace', () => {
    const spoken = spokenManifest(manifest, placeholders);
    const line = 'listening on 10100, world a.b (c) [d] | e-f, 12p {user}';
    expect(eventsOf(spoken, line)).toEqual([{ type: 'started' }]);
    expect(eventsOf(spoken, `[a.b (c) [d] | e-f] ${line}`)).toEqual([{ type: 'started' }]);
    expect(eventsOf(spoken, line.replace('a.b', 'axb'))).toEqual([]);
    expect(spoken.stop).toEqual([{ send: '{port}' }, { waitFor: 'port 10100 closed', timeoutMs: 5 }]);
  });

  it('stay as they are when they are filled in twice', () => {
    const once = spokenManifest(manifest, placeholders);
    expect(spokenManifest(once, placeholders)).toEqual(once);
  });
});

describe('the rules of a game that has not started', () => {
  it('are told, with the line that only its colours kept from matching', () => {
    const dialect = new Dialect({ ...declared, ansi: 'keep' });
    dialect.read('[12 INFO]: loading');
    expect(dialect.unmatched).toEqual([{ rule: 0, pattern: '^\\[\\d+ INFO\\]: Done \\(.*\\)!' }]);
    dialect.read('\u001b[32m[12 INFO]\u001b[0m: Done (1.2s)!');
    dialect.read('\u001b[32m[13 INFO]\u001b[0m: Done (1.3s)!');
    expect(dialect.unmatched).toEqual([
      { rule: 0, pattern: '^\\[\\d+ INFO\\]: Done \\(.*\\)!', withoutEscapes: '[12 INFO]: Done (1.2s)!' },
    ]);
  });
});
