import { Dialect } from '../../src/dialect/dialect.js';
import { encodingOf, utf8 } from '../../src/dialect/encoding.js';
import { parseManifest } from '../../src/funpack/manifest.js';
import { failsWith } from '../support/work.js';

describe('the encoding of a game', () => {
  it.each([
    ['gbk', '你好', [0xc4, 0xe3, 0xba, 0xc3]],
    ['windows-1251', 'Привет', [0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]],
    ['shift_jis', 'テスト ｱ', [0x83, 0x65, 0x83, 0x58, 0x83, 0x67, 0x20, 0xb1]],
    ['big5', '功', [0xa5, 0x5c]],
    ['euc-kr', '안녕', [0xbe, 0xc8, 0xb3, 0xe7]],
    ['euc-jp', '日本 ｱ', [0xc6, 0xfc, 0xcb, 0xdc, 0x20, 0x8e, 0xb1]],
    ['windows-1252', '€ é', [0x80, 0x20, 0xe9]],
    ['latin1', 'é', [0xe9]],
    ['utf-8', 'é', [0xc3, 0xa9]],
  ])('is read and written: %s', (label, text, bytes) => {
    const encoding = encodingOf(label) ?? utf8;
    expect([...encoding.encode(text)]).toEqual(bytes);
    expect(encoding.decode(Buffer.from([0, ...bytes, 0]), 1, 1 + bytes.length)).toBe(text);
    expect([...encoding.encode('kick "a" 1~\n')]).toEqual([...Buffer.from('kick "a" 1~\n')]);
  });

  const labels = ['gbk', 'gb18030', 'euc-jp', 'big5', 'shift_jis', 'euc-kr', 'windows-1251', 'koi8-r'];
  it.each(labels)('writes all that it reads, so that it is read back: %s', (label) => {
    const encoding = encodingOf(label) ?? utf8;
    const read = new Set<string>();
    for (let lead = 0x81; lead < 0xff; lead += 5) {
      for (let trail = 0x40; trail < 0xff; trail++) {
        const text = encoding.decode(Buffer.from([lead, trail]));
        if (!text.includes('\ufffd')) read.add(text);
      }
    }
    expect([...read].filter((text) => encoding.decode(encoding.encode(text)) !== text)).toEqual([]);
    expect(read.size).toBeGreaterThan(1_000);
  });

  it('refuses a character that it does not have, since another name would come of it', () => {
    expect(() => encodingOf('gbk')?.encode('al 😀')).toThrow(failsWith('bad_text'));
    expect(() => encodingOf('windows-1251')?.encode('你')).toThrow('this game reads windows-1251, which has no "你"');
  });

  it.each(['utf-16le', 'iso-2022-jp', 'klingon', ''])('is none that is unlike ASCII or unknown: %s', (label) => {
    expect(encodingOf(label)).toBeUndefined();
    const { faults } = parseManifest(JSON.stringify({ name: 'x', version: '1', encoding: label }));
    expect(faults).toEqual([`encoding: "${label}" is no encoding that is like ASCII, such as gbk or windows-1251`]);
  });

  it('does not make one player of two', () => {
    const line = (bytes: number[]) => Buffer.concat([Buffer.from(bytes), Buffer.from(' joined')]);
    const rule = { pattern: '^(?<user>.+) joined$', event: 'player_connected' };
    const dialect = new Dialect({ name: 'x', version: '1', encoding: 'gbk', console: [rule] });
    for (const bytes of [[0xc4, 0xe3, 0xba, 0xc3], [0xcf, 0xf0, 0xe8, 0xe2]]) {
      dialect.read(dialect.encoding.decode(line(bytes)));
    }
    expect(dialect.players.map(({ name }) => name)).toEqual(['你好', '橡桠']);
  });

  it('lets no byte of a character end a quote, for a game that reads single bytes', () => {
    const say = (style: 'backslash' | 'none', forbid: string) =>
      new Dialect({
        name: 'x',
        version: '1',
        encoding: 'big5',
        commands: { say: 'say "{message}"' },
        escape: { style, forbid },
      }).stdin({ type: 'say', message: '成功' }); // the last byte is a backslash
    expect(() => say('backslash', '')).toThrow(failsWith('bad_text'));
    expect(() => say('none', '\\')).toThrow(failsWith('bad_text'));
    expect(say('none', '')).toEqual(['say "成功"']);
  });
});
