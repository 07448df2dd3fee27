import { chmodSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { cli } from '../cli-run.js';

describe('pinky install --command', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pinky-install-'));
    mkdirSync(join(dir, 'usr'));
    writeFileSync(join(dir, 'usr/pinky'), '#!/bin/sh\n'); // as coreutils has it
    chmodSync(join(dir, 'usr/pinky'), 0o755);
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const install = (path: string, ...more: string[]) =>
    cli(['install', '--command', '--to', join(dir, 'local'), ...more], { env: { PATH: path } });
  const program = resolve(__dirname, '../../bin/pinky');

  it('is called pinky where that comes before the other one', async () => {
    const { code, out } = await install(`${dir}/local:${dir}/usr`);
    expect(code).toBe(0);
    expect(out).toContain(`is called \`pinky\` here. It comes before ${dir}/usr/pinky.`);
    expect(readlinkSync(join(dir, 'local/pinky'))).toBe(program);
    expect((await install(`${dir}/local:${dir}/usr`)).code).toBe(0); // again
  });

  it('is called pinkyctl where the other one comes first', async () => {
    const { out } = await install(`${dir}/usr:${dir}/local`);
    expect(out).toContain(`is called \`pinkyctl\` here. ${dir}/usr/pinky comes first in your PATH.`);
    expect(readlinkSync(join(dir, 'local/pinkyctl'))).toBe(program);
  });

  it('says that its folder is not in the PATH', async () => {
    expect((await install('/nowhere', '--dry-run')).out).toContain(`${dir}/local is not in your PATH`);
    expect(() => readlinkSync(join(dir, 'local/pinky'))).toThrow();
  });

  it('removes no other program', async () => {
    mkdirSync(join(dir, 'local'));
    writeFileSync(join(dir, 'local/pinky'), '');
    expect(await install(`${dir}/local:${dir}/usr`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('is not a link to Pinky'),
    });
  });
});
