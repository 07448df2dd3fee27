import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/index.js';

describe('a share of the disk in pinky.yml', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pinky-shares-'));
    writeFileSync(join(home, 'isolation'), 'none\n'); // nothing is launched here
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const loaded = (text: string) => {
    writeFileSync(join(home, 'pinky.yml'), text);
    return loadConfig({ home, env: {}, overrides: {} });
  };

  it('is read in bytes and in hundredths', () => {
    expect(loaded('disk: {reserve: 3 GiB}\nparked:\n  max_size: 20%\n  keep_for: 9h\n')).toMatchObject({
      disk: { reserve: { bytes: 3 * 2 ** 30 } },
      parked: { maxSize: { percent: 20 }, keepForMs: 9 * 3_600_000 },
    });
    expect(loaded('disk: {reserve: 0}\n')).toMatchObject({
      disk: { reserve: { bytes: 0 } },
      parked: { maxSize: { percent: 10 } },
    });
  });
});
