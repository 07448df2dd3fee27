import { allowedUrl, shown, sourceKind } from '../../src/store/source-kind.js';
import { failsWith } from '../support/work.js';

describe('sourceKind', () => {
  it.each([
    ['luanti', { kind: 'name', name: 'luanti' }],
    ['my.pack-1_2', { kind: 'name', name: 'my.pack-1_2' }],
    ['/srv/pack.tar.lzo', { kind: 'path', path: '/srv/pack.tar.lzo' }],
    ['file:///srv/a%20b', { kind: 'path', path: '/srv/a b' }],
    ['s3://bucket/a%20key', { kind: 'http', url: new URL('s3://bucket/a%20key') }],
  ])('reads %j', (url, kind) => {
    expect(sourceKind({ url }, [])).toEqual(kind);
  });

  it.each([
    '',
    '../pack',
    './pack',
    'a/b',
    'ftp://example.org/x',
    'javascript:alert(1)',
    'data:,x',
    'file://elsewhere/x',
    'file:///a%2Fb',
    'http://',
    'http://a b/',
    's3://',
    's3://bucket',
    's3://bucket/',
    's3://-/key',
    's3://key:secret@bucket/key',
    '/srv/\0',
  ])('refuses %j', (url) => {
    expect(() => sourceKind({ url }, [])).toThrow(failsWith('bad_url'));
  });

  it('refuses a malformed SHA-256', () => {
    expect(() => sourceKind({ url: 'x', sha256: 'abc' }, [])).toThrow(failsWith('bad_url'));
  });
});

describe('allowedUrl', () => {
  it.each([
    [[], 'http://anything.example/', true],
    [['example.org'], 'https://example.org/x', true],
    [['Example.org'], 'https://EXAMPLE.org/x', true],
    [['example.org'], 'https://example.org:8443/x', true],
    [['example.org:8443'], 'https://example.org:8443/x', true],
    [['example.org:8443'], 'https://example.org/x', false],
    [['example.org'], 'https://evil-example.org/x', false],
    [['example.org'], 'https://example.org.evil.net/', false],
    [['example.org'], 'https://a.example.org/', false],
    [['*.example.org'], 'https://a.b.example.org/', true],
    [['*.example.org'], 'https://example.org/', false],
    [['*.example.org'], 'https://evilexample.org/', false],
    [['example.org'], 'https://example.org@evil.net/', false],
  ])('with %j, %s is allowed: %s', (hosts, url, isAllowed) => {
    const ask = (): URL => allowedUrl(new URL(url), hosts);
    if (isAllowed) expect(ask().href).toBe(new URL(url).href);
    else expect(ask).toThrow(failsWith('bad_url'));
  });
});

it('never shows the user, password or query of an address', () => {
  expect(shown('https://user:secret@example.org/x.tar?signature=secret#secret')).toBe('https://example.org/x.tar');
});
