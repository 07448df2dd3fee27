import { deadlineOf, parseBoxCommand, parseCommand } from '../../src/schemas/commands.js';

const start = { serverId: 's1', funpack: 'x' };
/** A list in a list in a list … */
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describe('a command from outside', () => {
  it.each([
    ['start', { ...start, funpack: 5 }, 'start: funpack must be a name, a path, an address, or {url, sha256}'],
    [
      'start',
      { ...start, ram: 'lots' },
      'start: ram must be whole megabytes from 16 to 1048576, or {min, max} with min no more than max',
    ],
    [
      'start',
      { ...start, ram: { min: 2048, max: 1024 } },
      'start: ram must be whole megabytes from 16 to 1048576, or {min, max} with min no more than max',
    ],
    ['start', { ...start, ram: { min: 0, max: 1024 } }, 'start: ram.min must be whole megabytes from 16 to 1048576'],
    ['start', { ...start, worldSha256: 'abc' }, 'start: worldSha256 must be 64 hexadecimal digits'],
    ['start', { ...start, settings: [] }, 'start: settings must be an object'],
    ['start', { ...start, settings: { motd: nested(100) } }, 'start: settings are nested more than 32 levels deep'],
    ['start', { ...start, data: { motd: JSON.parse('{"__proto__":1}') } }, 'start: data hold the key "__proto__"'],
    ['start', { ...start, settings: JSON.parse('{"__proto__":{"a":1}}') }, 'start: settings hold the key "__proto__"'],
    ['start', { ...start, port: 0 }, 'start: port must be a port from 1 to 65535'],
    ...[-1, 0, 1e99, 'soon', true, {}].map((deadlineMs): [string, object, string] => [
      'start',
      { ...start, deadlineMs },
      'start: deadlineMs must be milliseconds, above 0 and at most 24 hours',
    ]),
    ['rm', { serverId: 's1', discard: 'yes' }, 'rm: discard must be true or false'],
    ['start', { ...start, setings: {} }, 'start: setings is not a field of this command; did you mean settings?'],
    ['start', { ...start, fun_pack: 'x' }, 'start: fun_pack is not a field of this command; did you mean funpack?'],
    ['start', { ...start, funpack: { url: 'x', sha: 'y' } }, 'start: funpack.sha is not a field here'],
    ['start', { ...start, ram: { max: 64, mni: 64 } }, 'start: ram.mni is not a field here'],
    [
      'stop',
      { serverId: 's1', now: true },
      'stop: now is not a field of this command; it takes serverId, deadlineMs, discard',
    ],
    ['start', null, 'start: its data must be an object'],
    ['stop', {}, 'stop: serverId is missing'],
    ['stop', { serverId: 7 }, 'stop: serverId must be a text'],
    ...['__proto__', 'constructor', 'toString'].map((field): [string, object, string] => [
      'list',
      JSON.parse(`{"serverId":"s1","${field}":1}`) as object,
      `list: ${field} is not a field of this command; it takes serverId, deadlineMs`,
    ]),
    ['tell', { serverId: 's1', user: 'alice', message: '' }, 'tell: message must not be empty'],
    ['tell', { serverId: 's1', message: 'hi' }, 'tell: user is missing'],
    ...[true, {}, Infinity, 76561198012345680, -(2 ** 53)].map((userId): [string, object, string] => [
      'kick',
      { serverId: 's1', userId },
      'kick: userId must be a text, or a number that JavaScript does not change',
    ]),
    ['kick', { serverId: 's1', user: 7 }, 'kick: user must be a text'],
  ])('%s with %j is refused with a sentence that names the field', (name, data, sentence) => {
    expect(() => parseCommand(name, data)).toThrow(expect.objectContaining({ code: 'bad_command', message: sentence }));
  });

  it('of the box may not have settings that a record would leave out', () => {
    const data = { serverId: 's1', settings: JSON.parse('{"__proto__":1}') as object };
    const message = 'set: settings hold the key "__proto__"';
    expect(() => parseBoxCommand('set', data)).toThrow(expect.objectContaining({ code: 'bad_command', message }));
  });

  it('may not have settings that fill a frame', () => {
    expect(() => parseCommand('start', { ...start, settings: { motd: 'x'.repeat(1024 * 1024) } })).toThrow(
      expect.objectContaining({ code: 'bad_command', message: 'start: settings are longer than 1048576 characters' }),
    );
  });

  it('is also read with underscores, in checksums and deadline too', () => {
    const sha256 = 'a'.repeat(64);
    const snake = {
      server_id: 's1',
      funpack_url: 'http://x/f.tar',
      funpack_sha256: sha256,
      world_url: 'http://x/w.tar',
      world_sha256: sha256,
      deadline_ms: 700,
    };
    expect(parseCommand('start', snake)).toMatchObject({
      data: { serverId: 's1', funpack: { url: 'http://x/f.tar', sha256 }, world: { url: 'http://x/w.tar', sha256 } },
    });
    expect(deadlineOf('start', snake)).toBe(700);
  });

  it('is refused where two spellings of one field differ, and obeyed where they say the same', () => {
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)];
    const [url, md5] = ['http://x/f.tar', '0'.repeat(32)];
    const about = { serverId: 's1', message: 'hi' };
    expect(parseCommand('tell', { ...about, userId: 7, user_id: 7 })).toMatchObject({ data: { userId: '7' } });
    expect(parseCommand('start', { ...start, funpackUrl: 'x', world: { url }, worldUrl: url, world_url: url }))
      .toMatchObject({ data: { funpack: { url: 'x' }, world: { url } } });
    const cases: readonly (readonly [string, object, string, string])[] = [
      ['tell', { ...about, userId: 7, user_id: 8 }, 'userId', 'user_id'],
      ['tell', { user_id: 8, userId: 7, ...about }, 'user_id', 'userId'],
      ['stop', { server_id: 's2', serverId: 's1' }, 'server_id', 'serverId'],
      ['list', { serverId: 's1', deadlineMs: 5, deadline_ms: 50 }, 'deadlineMs', 'deadline_ms'],
      ['start', { ...start, funpackUrl: url }, 'funpack', 'funpackUrl'],
      ['start', { serverId: 's1', world: 'new', worldUrl: url }, 'world', 'worldUrl'],
      ['start', { serverId: 's1', funpack: { url, sha256: a }, funpackSha256: b }, 'funpack.sha256', 'funpackSha256'],
      ['set', { ...start, funpack_url: url }, 'funpack', 'funpackUrl'],
      ['fetch', { funpack: { url, md5 }, funpackMd5: '1'.repeat(32) }, 'funpack.md5', 'funpackMd5'],
      ['distribute', { funpack: { url, sha256: a }, sha256: b, group: 'g' }, 'funpack.sha256', 'sha256'],
    ];
    for (const [name, data, one, other] of cases) {
      const message = `${name}: ${one} and ${other} are one field, but they differ; send one of them`;
      expect(() => parseBoxCommand(name, data) ?? parseCommand(name, data)).toThrow(
        expect.objectContaining({ code: 'bad_command', message }),
      );
    }
  });

  it('may fetch by an MD5, where the publisher tells only that', () => {
    const md5 = 'B'.repeat(32);
    const sources = { funpack: { url: 'http://x/f.tar', md5: md5.toLowerCase() } };
    expect(parseBoxCommand('fetch', { funpack_url: 'http://x/f.tar', funpack_md5: md5 })?.data).toEqual(sources);
    expect(parseBoxCommand('fetch', { funpack: { url: 'http://x/f.tar', md5 } })?.data).toEqual(sources);
    expect(() => parseBoxCommand('fetch', { world: '/w.tar', worldMd5: 'b' })).toThrow(
      expect.objectContaining({ code: 'bad_command', message: 'fetch: worldMd5 must be 32 hexadecimal digits' }),
    );
    expect(() => parseCommand('start', { ...start, funpack: { url: 'x', md5 } })).toThrow('funpack.md5 is not a field');
  });

  it.each([[7, '7'], ['7', '7'], [-1, '-1'], [0.5, '0.5'], ['76561198012345679', '76561198012345679']])(
    'takes the number of a player as events have it: %j',
    (userId, text) => {
      const data = { serverId: 's1', message: 'hi' };
      const read = parseCommand('tell', { ...data, userId });
      expect(read).toEqual({ name: 'tell', data: { ...data, user: text, userId: text } });
      expect(parseCommand('tell', { ...data, user_id: userId })).toEqual(read);
      const both = parseCommand('tell', { ...data, userId, user: 'al' });
      expect(both).toMatchObject({ data: { user: 'al', userId: text } });
    },
  );

  it('starts a server with its id alone, and says nothing that was not said', () => {
    expect(parseCommand('start', { serverId: 's1' })).toEqual({ name: 'start', data: { serverId: 's1' } });
  });

  it('may ask for different amounts of memory at least and at most', () => {
    expect(parseCommand('start', { ...start, ram: { min: 512, max: 1024 } })).toMatchObject({
      data: { ram: { min: 512, max: 1024 } },
    });
  });
});
