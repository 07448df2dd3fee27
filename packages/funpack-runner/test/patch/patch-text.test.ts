import type { FileParser } from '@pinky/protocol';
import { parse } from 'yaml';
import type { Change } from '../../src/patch/change.js';
import { patchText } from '../../src/patch/patch-files.js';

const change = (key: string, to: Change['to']): Change => ({ key, to });
const when = (conditions: Readonly<Record<string, string>>): Change['to'] => new Map(Object.entries(conditions));

describe('patchText', () => {
  it.each<[FileParser, string, Change[], string]>([
    ['properties', '# a comment\nmotd = old\\\n  one\nserver-port:1\n',
      [change('motd', 'Üb\\er'), change('server-port', 5)],
      '# a comment\nmotd=\\u00dcb\\\\er\nserver-port=5\n'],
    ['properties', 'a=1\r\n', [change('query.port', 7)], 'a=1\r\nquery.port=7\r\n'],
    ['properties', '', [change('my key', ' x')], 'my\\ key=\\ x\n'],
    ['ini', '; top\nname = x\n[network]\nport = 1 ; the port\n\n[gui]\na=b\n',
      [change('network.port', 3979), change('network.name', 'A; "b"'), change('name', 'y'), change('new.key', 'v')],
      '; top\nname = y\n[network]\nport = 3979 ; the port\nname = "A; \\"b\\""\n\n[gui]\na=b\n\n[new]\nkey = v\n'],
    ['ini', '[/Script/Game.Mode]\nSpeed=1\nSpeed=2\n', [change('[/Script/Game.Mode].Speed', '9')],
      '[/Script/Game.Mode]\nSpeed=9\nSpeed=9\n'],
    ['ini', 'port=1\n[a]\nport=2\n', [change('port', 5)], 'port=5\n[a]\nport=2\n'],
    ['json', '{\n  // kept\n  "name": "old", "n": 1,\n  "on": false\n}\n',
      [change('name', 'say "hi"'), change('n', '20'), change('on', 'true'), change('deep.list[0].x', 'y')],
      '{\n  // kept\n  "name": "say \\"hi\\"", "n": 20,\n  "on": true,\n' +
      '  "deep": {\n    "list": [\n      {\n        "x": "y"\n      }\n    ]\n  }\n}\n'],
    ['json', '', [change('admins', ['a', 'b"'])], '{\n  "admins": [\n    "a",\n    "b\\""\n  ]\n}'],
    ['json', '{"pw": "old"}', [change('pw', '0123')], '{"pw": "0123"}'],
    ['yaml', '# top\nlisteners:\n  - host: 1.2.3.4:1 # here\n    max: 5\n',
      [change('listeners[0].host', '0.0.0.0:25577'), change('listeners[0].max', '9'), change('motd', 'no')],
      '# top\nlisteners:\n  - host: "0.0.0.0:25577" # here\n    max: 9\nmotd: "no"\n'],
    ['yaml', 'servers:\n  a: {address: localhost:1}\n  b: {address: elsewhere:2}\n  c: {address: 127.0.0.1:3}\n',
      [change('servers.*.address', when({
        'regex:^(127\\.0\\.0\\.1|localhost)': '10.0.0.1',
        'elsewhere:2': 'there:2',
      }))],
      'servers:\n  a: { address: "10.0.0.1:1" }\n  b: { address: "there:2" }\n  c: { address: "10.0.0.1:3" }\n'],
    ['toml', '# top\nbind = "a" # here\n[servers]\nlobby = "x"\n[[list]]\nn = 1\n[[list]]\nn = 2\n',
      [change('bind', '0.0.0.0:1'), change('servers.lobby', 'y'), change('list[1].n', '7'),
        change('servers.try', ['a']), change('motd', 'a "b"'), change('new.part.on', true)],
      '# top\nbind = "0.0.0.0:1" # here\nmotd = "a \\"b\\""\n[servers]\nlobby = "y"\ntry = ["a"]\n' +
      '[[list]]\nn = 1\n[[list]]\nn = 7\n\n[new.part]\non = true\n'],
    ['xml', '<?xml version="1.0"?>\n<S>\n  <!-- kept -->\n  <p name="Port" value="1"/>\n' +
      '  <p name="Max" value="2"/>\n</S>\n',
      [change("S.p[@name='Port']", "[value='5']"), change('S.title', 'a < b & c')],
      '<?xml version="1.0"?>\n<S>\n  <!-- kept -->\n  <p name="Port" value="5"/>\n  <p name="Max" value="2"/>\n' +
      '<title>a &lt; b &amp; c</title></S>\n'],
    ['xml', '<S><i>1</i><i>2</i></S>', [change('S.*', when({ 2: '3' }))], '<S><i>1</i><i>3</i></S>'],
    ['xml', '', [change('Root.a.b', 'x')], '<?xml version="1.0" encoding="utf-8"?>\n<Root><a><b>x</b></a></Root>'],
    ['file', 'name = a\nname_long = b\r\n# name\n', [change('name', 'name = c'), change('name_long', 'name_long = d')],
      'name = c\nname_long = d\r\n# name\n'],
  ])('%s: %j', (parser, text, changes, wanted) => {
    expect(patchText(parser, text, changes)).toBe(wanted);
  });

  it.each<[FileParser, string]>([
    ['json', '{"a": }'],
    ['yaml', 'a: [1\nb'],
    ['toml', 'a = = 1'],
    ['xml', '<a><b></a>'],
  ])('%s refuses a file that it cannot read: %j', (parser, text) => {
    expect(() => patchText(parser, text, [change('a', 'x')])).toThrow();
  });

  it('changes nothing twice, and nothing where no condition is met', () => {
    const yaml = 'a: "1"   # kept\nb:   [1,2]\n';
    expect(patchText('yaml', yaml, [change('a', '1'), change('a', when({ 2: '3' })), change('z', when({ 2: '3' }))]))
      .toBe(yaml);
  });

  it('writes texts that YAML 1.1 takes for other things in quotes', () => {
    for (const text of ['no', 'y', '1:30', '0755', '~', '', '@x', 'a: b', '- x', 'x #y']) {
      expect(parse(patchText('yaml', '', [change('k', text)]), { version: '1.1' })).toEqual({ k: text });
    }
  });

  it('gives a file of lines that is not there every line once', () => {
    const changes = [change('port', 'port 5'), change('#port', 'port 5'), change('a', 'a 1')];
    expect(patchText('file', undefined, changes)).toBe('port 5\na 1\n');
  });
});
