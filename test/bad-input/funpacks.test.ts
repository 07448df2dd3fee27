import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { boxPaths, requestOnce } from '@pinky/protocol';
import { lzop, tar, type RawTarEntry } from '../box/tar';
import { badInputSetup, manifest, namesIn, obedient } from './setup';

jest.setTimeout(120_000);

const setup = badInputSetup(21_150);
const good: readonly RawTarEntry[] = [
  { path: 'funpack.json', text: manifest() },
  { path: 'bin/run', text: `#!/bin/sh\n${obedient}\n`, mode: 0o755 },
];
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');
const archive = (name: string, data: Buffer): string => {
  writeFileSync(setup.box.file('archives', name), data);
  return setup.box.file('archives', name);
};

type BadArchive = readonly [name: string, data: Buffer, code: string, sha?: string];

/** Archives that no honest program would write, and the code that each is refused with. */
function badArchives(outside: string): readonly BadArchive[] {
  const packed = lzop(tar([...good, { path: 'world', text: 'x'.repeat(300_000) }]), setup.box.file('scratch'));
  const corrupt = Buffer.from(packed);
  corrupt.fill(0x55, packed.length >> 1, (packed.length >> 1) + 16);
  const linked = (link: string, more: Partial<RawTarEntry> = {}): Buffer =>
    tar([...good, { path: 'world', link, ...more }]);
  return [
    ['dots.tar', tar([...good, { path: '../../../../evil', text: 'x' }]), 'unsafe_archive'],
    ['hidden-dots.tar', tar([...good, { path: 'bin/../../evil', text: 'x' }]), 'unsafe_archive'],
    ['absolute.tar', tar([...good, { path: outside, text: 'x' }]), 'unsafe_archive'],
    [
      'escaping-link.tar',
      tar([...good, { path: 'world', link: '../../../../..' }, { path: 'world/evil', text: 'x' }]),
      'unsafe_archive',
    ],
    ['absolute-link.tar', linked('/etc'), 'unsafe_archive'],
    ['escaping-hard-link.tar', linked('../../../effective.json', { isHard: true }), 'unsafe_archive'],
    ['truncated.tar.lzo', packed.subarray(0, packed.length >> 1), 'bad_archive'],
    ['truncated-header.tar.lzo', packed.subarray(0, 20), 'bad_archive'],
    ['corrupt.tar.lzo', corrupt, 'bad_archive'],
    ['empty.tar.lzo', Buffer.alloc(0), 'bad_archive'],
    ['truncated.tar', tar(good).subarray(0, 700), 'bad_archive'],
    ['other-sum.tar', tar(good), 'checksum_mismatch', sha256(Buffer.from('another archive'))],
    ['no-run.tar', tar([{ path: 'funpack.json', text: manifest() }]), 'bad_funpack'],
    ['no-json.tar', tar([{ path: 'funpack.json', text: '{"name":' }, good[1] ?? { path: 'x' }]), 'bad_funpack'],
    ['no-manifest.tar', tar([good[1] ?? { path: 'x' }]), 'bad_funpack'],
  ];
}

describe('a box that gets bad funpacks', () => {
  it('takes a good archive, and reports its progress', async () => {
    const { box } = setup;
    const seen = new Set<string>();
    const data = { serverId: 'fine', funpack: archive('fine.tar.lzo', lzop(tar(good), box.file('scratch'))) };
    const answer = requestOnce(
      { path: boxPaths(box.home).queueSocket },
      'command',
      { name: 'start', data, id: 'fine-1' },
      { deadlineMs: 60_000, onProgress: ({ label }) => void seen.add(label) },
    );
    expect(await answer).toMatchObject({ state: 'up' });
    expect([...seen]).toContain('unpack');
    await setup.expectNothingLeft('fine');
  });

  it('refuses each bad archive with its own code, and leaves nothing of it', async () => {
    const { box, producer } = setup;
    const outside = box.file('evil');
    const cases = badArchives(outside);
    const outcomes = await Promise.all(cases.map(async ([name, data, code, sha], i) => {
      const outcome = await producer.job('start', {
        serverId: `pack${i}`,
        funpack: archive(name, data),
        ...(sha !== undefined && { funpackSha256: sha }),
      });
      return [name, outcome, { code }] as const;
    }));
    for (const [name, outcome, expected] of outcomes) expect([name, outcome]).toEqual([name, expected]);
    await Promise.all([...cases.keys()].map((i) => setup.expectNothingLeft(`pack${i}`)));
    expect(existsSync(outside)).toBe(false);
    expect(namesIn(join(boxPaths(box.home).funpackCache, '.incoming'))).toEqual([]);
    // The good one is left, and those whose archive is in order though the funpack is not.
    const whole = cases.filter(([, , code]) => code === 'bad_funpack').length;
    const cached = namesIn(boxPaths(box.home).funpackCache).filter((name) => !name.startsWith('.'));
    expect(cached).toHaveLength(1 + whole);
  });

  it('names the bad archive in the sentence', async () => {
    const { box } = setup;
    const cut = archive('cut.tar.lzo', lzop(tar(good), box.file('scratch')).subarray(0, 100));
    expect(await box.pinky(['start', 'cut', '--funpack', cut])).toMatchObject({
      code: 1,
      answer: { error: { code: 'bad_archive', message: expect.stringContaining(cut) as string } },
    });
    const noJson = archive('cut-json.tar', tar([{ path: 'funpack.json', text: '{"name":' }]));
    const { answer } = await box.pinky(['start', 'cut', '--funpack', noJson]);
    expect(answer).toMatchObject({
      error: { message: expect.stringContaining(`funpack ${noJson}: funpack.json: is not JSON`) as string },
    });
    await setup.expectNothingLeft('cut');
  });

  describe('by address', () => {
    const data = tar(good);
    let web: Server;
    beforeAll(async () => {
      web = createServer((request, response) => {
        if (request.url === '/there.tar') response.end(data);
        else response.writeHead(404).end('no');
      }).listen(0, '127.0.0.1');
      await once(web, 'listening');
    });
    afterAll(() => web.close());

    it('says what is wrong: nothing there, nobody there, another SHA-256', async () => {
      const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`; // it listens on TCP
      const start = (serverId: string, more: object) => setup.producer.job('start', { serverId, ...more });
      expect(
        await Promise.all([
          start('web0', { funpack: `${url}/away.tar` }),
          start('web1', { funpack: 'http://127.0.0.1:1/x.tar' }),
          start('web2', { funpackUrl: `${url}/there.tar`, funpackSha256: sha256(Buffer.from('x')) }),
          start('web3', { funpack: `${url}/there.tar`, funpackSha256: sha256(data) }),
        ]),
      ).toEqual([
        { code: 'not_found' },
        { code: 'download_failed' },
        { code: 'checksum_mismatch' },
        { ok: expect.objectContaining({ state: 'up' }) },
      ]);
      for (const i of [0, 1, 2, 3]) await setup.expectNothingLeft(`web${i}`);
    });
  });
});

it('leaves nothing at all when it goes down', () => setup.expectNothingAfterDown());
