import { tmpdir } from 'node:os';
import { assertRoom, bytesOfShare, diskBytes, lackingBytes } from '../../src/index.js';

describe('a share of a disk', () => {
  const dir = tmpdir();
  const disk = () => diskBytes(dir) ?? { total: 0, free: 0 };

  it('is so many bytes, or a part of all that the disk has', () => {
    expect(bytesOfShare({ bytes: 5 }, dir)).toBe(5);
    expect(bytesOfShare({ percent: 10 }, dir)).toBe(Math.round(disk().total / 10));
    expect([bytesOfShare({ percent: 10 }, '/no/such/folder'), lackingBytes({ percent: 100 }, '/no/such/folder')])
      .toEqual([undefined, 0]);
  });

  it('that belongs to running games is missed by what needs of it', () => {
    expect([lackingBytes({ bytes: 0 }, dir), lackingBytes({ percent: 0 }, dir)]).toEqual([0, 0]);
    const { total } = disk();
    expect(lackingBytes({ bytes: 0 }, dir, 2 * total)).toBeGreaterThanOrEqual(total);
    expect(() => assertRoom({ what: 'the start of one', dir, neededBytes: 2 * total }, { percent: 5 })).toThrow(
      /^the start of one needs \d+ MiB more on the disk of .* \(`disk.reserve`\)$/,
    );
    expect(() => assertRoom({ what: 'the start of one', dir, neededBytes: 2 * total }, undefined)).not.toThrow();
  });

  it('is at least 2 GiB where the disk has 20', () => {
    const { total, free } = disk();
    const isLarge = total >= 20 * 2 ** 30;
    const needed = free - 2 ** 30; // leaves one
    expect(lackingBytes({ percent: 0.000001 }, dir, needed) > 0).toBe(isLarge);
  });
});
