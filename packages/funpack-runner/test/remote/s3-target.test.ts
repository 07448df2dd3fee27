import { s3AccessOf } from '../../src/s3/s3-access.js';
import { s3Target } from '../../src/s3/s3-target.js';
import { signedHeaders } from '../../src/s3/sign.js';

const amazon = s3AccessOf({ s3: { region: 'us-east-1' }, aws: { accessKey: 'a', secretKey: 's' } });
const frankfurt = s3AccessOf({ s3: { region: 'eu-central-1' } });
const own = s3AccessOf({ s3: { region: 'us-east-1', endpoint: 'https://store.example:9000/s3' } });
const ownNamed = s3AccessOf({ s3: { region: 'us-east-1', endpoint: 'http://store.example', isPathStyle: false } });

describe('where an address leads', () => {
  it.each([
    ['s3://b/worlds/a.tar', amazon, 'https://b.s3.amazonaws.com/worlds/a.tar', 'us-east-1', true],
    ['s3://b/a b+c', frankfurt, 'https://b.s3.eu-central-1.amazonaws.com/a%20b%2Bc', 'eu-central-1', true],
    ['s3://b/k', own, 'https://store.example:9000/s3/b/k', 'us-east-1', true],
    ['s3://b/k', ownNamed, 'http://b.store.example/k', 'us-east-1', true],
    ['s3://b/k', undefined, 'https://b.s3.amazonaws.com/k', 'us-east-1', true],
    ['https://b.s3.amazonaws.com/k', amazon, 'https://b.s3.amazonaws.com/k', 'us-east-1', true],
    ['https://b.c.s3.eu-west-3.amazonaws.com/k', amazon, 'https://b.c.s3.eu-west-3.amazonaws.com/k', 'eu-west-3', true],
    ['https://s3-us-west-2.amazonaws.com/b/k', amazon, 'https://s3-us-west-2.amazonaws.com/b/k', 'us-west-2', true],
    ['https://store.example:9000/s3/b/k', own, 'https://store.example:9000/s3/b/k', 'us-east-1', true],
    ['http://b.s3.amazonaws.com/k', amazon, 'http://b.s3.amazonaws.com/k', 'us-east-1', false],
  ])('%s', (address, access, url, region, isOurs) => {
    expect(s3Target(new URL(address), access)).toEqual({ url: new URL(url), region, isOurs });
  });

  it.each([
    ['https://example.org/k', amazon],
    ['https://evil-s3.amazonaws.com.example.org/k', amazon],
    ['https://ec2.amazonaws.com/k', amazon],
    ['https://b.s3.amazonaws.com/k', own],
    ['http://store.example:9000/k', own],
    ['https://evilstore.example:9000/k', own],
  ])('%s is none of S3, and gets no signature', (address, access) => {
    expect(s3Target(new URL(address), access)).toBeUndefined();
  });

  it('is signed with the session of keys that have one, and holds no secret', async () => {
    const keys = { accessKey: 'key', secretKey: 'very secret', sessionToken: 'session' };
    const target = s3Target(new URL('s3://b/k'), { ...amazon, keys });
    const headers = target && (await signedHeaders(target, keys, { method: 'GET', headers: { range: 'bytes=5-' } }));
    expect(headers).toMatchObject({ range: 'bytes=5-', 'x-amz-security-token': 'session' });
    expect(headers?.['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/us-east-1\/s3\//);
    expect(JSON.stringify(headers)).not.toContain('very secret');
  });
});
