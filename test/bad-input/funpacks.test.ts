import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { boxPaths, requestOnce } from '@pinky/protocol';
import { assertBuilt, type RealBox } from '../box/real-box';
import { lzop, tar } from '../box/tar';
import { BadInputBox, good, manifest, namesIn } from './bad-input-box';

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('a box that is given bad funpacks', () => {
  let trouble: BadInputBox;
  let box: RealBox;
  const servers: Server[] = [];
  beforeAll(async () => {
    assertBuilt();
    trouble = new BadInputBox(21_160);
    box = trouble.box;
    await trouble.up();
  });
  afterAll(async () => {
    for (const server of servers) server.close();
    await trouble.end();
  });

  it('takes a good archive, and reports its progress', async () => {
    const seen = new Set<string>();
    const data = { serverId: 'fine', funpack: trouble.archive('fine.tar.lzo', lzop(tar(good), box.file('scratch'))) };
    const answer = requestOnce(
      { path: boxPaths(box.home).queueSocket },
      'command',
      { name: 'start', data, id: 'fine-1' },
      { deadlineMs: 20_000, onProgress: ({ label }) => void seen.add(label) },
    );
    expect(await answer).toMatchObject({ state: 'up' });
    expect([...seen]).toContain('unpack');
    await trouble.expectNothingLeft('fine');
  });

  it('refuses each bad archive with its own code, and keeps nothing of it', async () => {
    const packed = lzop(tar([...good, { path: 'world', text: 'x'.repeat(300_000) }]), box.file('scratch'));
    const corrupt = Buffer.from(packed);
    corrupt.fill(0x55, packed.length >> 1, (packed.length >> 1) + 16);
    const outside = box.file('evil');
    const cases: readonly (readonly [name: string, data: Buffer, code: string, sha?: string])[] = [
      ['dots.tar', tar([...good, { path: '../../../../evil', text: 'x' }]), 'unsafe_archive'],
      ['hidden-dots.tar', tar([...good, { path: 'bin/../../evil', text: 'x' }]), 'unsafe_archive'],
      ['absolute.tar', tar([...good, { path: outside, text: 'x' }]), 'unsafe_archive'],
      [
        'escaping-link.tar',
        tar([...good, { path: 'world', link: '../../../../..' }, { path: 'world/evil', text: 'x' }]),
        'unsafe_archive',
      ],
      ['absolute-link.tar', tar([...good, { path: 'world', link: '/etc' }]), 'unsafe_archive'],
      [
        'escaping-hard-link.tar',
        tar([...good, { path: 'world', link: '../../../effective.json', isHard: true }]),
        'unsafe_archive',
      ],
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
    const outcomes = await Promise.all(cases.map(async ([name, data, code, sha], i) => {
      const outcome = await trouble.producer.job('start', {
        serverId: `pack${i}`,
        funpack: trouble.archive(name, data),
        ...(sha !== undefined && { funpackSha256: sha }),
      });
      return [name, outcome, { code }] as const;
    }));
    const whole = cases.filter(([, , code]) => code === 'bad_funpack').length;
    for (const [name, outcome, expected] of outcomes) expect([name, outcome]).toEqual([name, expected]);
    expect(await box.pinky(['start', 'cut', '--funpack', box.file('archives/truncated.tar.lzo')])).toMatchObject({
      code: 1,
      answer: {
        error: {
          code: 'bad_archive',
          message: expect.stringContaining(box.file('archives/truncated.tar.lzo')) as string,
        },
      },
    });
    const faulty = await box.pinky(['start', 'cut', '--funpack', box.file('archives/no-json.tar')]);
    expect(faulty.answer).toMatchObject({
      error: {
        message: expect.stringContaining(
          `funpack ${box.file('archives/no-json.tar')}: funpack.json: is not JSON`,
        ) as string,
      },
    });
    await Promise.all([...cases.keys()].map((i) => trouble.expectNothingLeft(`pack${i}`)));
    await trouble.expectNothingLeft('cut');
    expect(existsSync(outside)).toBe(false);
    expect(namesIn(join(boxPaths(box.home).funpackCache, '.incoming'))).toEqual([]);
    const cached = namesIn(boxPaths(box.home).funpackCache).filter((name) => !name.startsWith('.'));
    // the good one, and those with a good archive but a bad funpack
    expect(cached).toHaveLength(1 + whole);
  });

  it('says what is wrong with an address: nothing there, no server there, another SHA-256', async () => {
    const data = tar(good);
    const web = createServer((request, response) => {
      if (request.url === '/there.tar') response.end(data);
      else response.writeHead(404).end('no');
    });
    servers.push(web.listen(0, '127.0.0.1'));
    await once(web, 'listening');
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`; // it listens on TCP
    const start = (serverId: string, more: object) => trouble.producer.job('start', { serverId, ...more });
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
    for (const i of [0, 1, 2, 3]) await trouble.expectNothingLeft(`web${i}`);
  });

  it('leaves nothing at all when it goes down', () => trouble.expectNothingAtAll());
});
