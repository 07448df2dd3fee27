import { execFileSync } from 'node:child_process';
import { expand } from '../../src/launch/placeholders.js';
import { parse } from 'yaml';

const nasty = `a "b" 'c' \\ $(touch x) \`id\` <&> ; # {port} %\u00fc`;
const settings: Readonly<Record<string, unknown>> = {
  text: nasty,
  number: 5,
  on: true,
  list: ['a', 'b "c"', 'd, e'],
  none: '',
};
const fill = (template: string): string => expand(template, (name) => settings[name.replace('settings.', '')]);

describe('a placeholder with a filter', () => {
  it('is JSON, in quotes and without', () => {
    const text = '{"a": {settings.text|json}, "b": "x {settings.text|json} {settings.number|json}"}';
    expect(JSON.parse(fill(text))).toEqual({
      a: nasty,
      b: `x ${nasty} 5`,
    });
    expect(JSON.parse(fill('[{settings.number|json}, {settings.on|json}, {settings.list|json}, {settings.none|json}]')))
      .toEqual([5, true, settings['list'], '']);
  });

  it('is YAML, in quotes of both kinds and without', () => {
    const text = "a: {settings.text|yaml}\nb: 'x {settings.text|yaml}'\n" +
      'c: "{settings.text|yaml}"\nd: {settings.list|yaml}\n';
    expect(parse(fill(text))).toEqual({
      a: nasty,
      b: `x ${nasty}`,
      c: nasty,
      d: settings['list'],
    });
  });

  it('is one word of a shell', () => {
    const script = 'printf "<%s>" {settings.text|shell} {settings.list|shell} {settings.none|shell}';
    expect(execFileSync('sh', ['-c', fill(script)]).toString()).toBe(`<${nasty}><a><b "c"><d, e><>`);
  });

  it.each(['echo "{settings.text|shell}"', "echo 'a\n{settings.text|shell}'", 'cat <<END\n{settings.text|shell}\nEND'])(
    'is refused where a shell would read it twice: %j',
    (script) => {
      expect(() => fill(script)).toThrow(expect.objectContaining({ code: 'bad_funpack' }));
    },
  );

  it.each([
    ['<a b="{settings.text|xml}">',
      '<a b="a &quot;b&quot; &apos;c&apos; \\ $(touch x) `id` &lt;&amp;&gt; ; # {port} %\u00fc">'],
    ['motd={settings.text|properties}', 'motd=a "b" \'c\' \\\\ $(touch x) `id` <&> ; # {port} %\\u00fc'],
    ['motd = {settings.text|ini}', 'motd = "a \\"b\\" \'c\' \\\\ $(touch x) `id` <&> ; # {port} %\u00fc"'],
    ['max = {settings.number|ini}', 'max = 5'],
    ['x = {settings.text|lua}', 'x = "a \\"b\\" \\\'c\\\' \\\\ $(touch x) `id` <&> ; # {port} %\u00fc"'],
    ["x = '{settings.text|lua}'", 'x = \'a \\"b\\" \\\'c\\\' \\\\ $(touch x) `id` <&> ; # {port} %\u00fc\''],
    ['x = {settings.list|lua}', 'x = { "a", "b \\"c\\"", "d, e" }'],
    ['{settings.text|nothing} {settings.gone|json} {x|json}', '{settings.text|nothing} {settings.gone|json} {x|json}'],
  ])('%s becomes %s', (template, text) => {
    expect(fill(template)).toBe(text);
  });
});
