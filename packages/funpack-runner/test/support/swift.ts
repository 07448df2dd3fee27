import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeTree } from '../../src/kernel/remove-tree.js';
import type { S3Access } from '../../src/s3/s3-access.js';

const accessKey = 'test:tester';
const secretKey = 'a-secret-of-the-tests';

/** A store that speaks S3, in a process of its own, and how to speak to it. */
export interface Swift {
  readonly port: number;
  readonly access: S3Access & { readonly endpoint: string };
  readonly end: () => Promise<void>;
}

/** How to speak to a store at that port, as its only user. */
export const accessAt = (port: number): Swift['access'] => ({
  endpoint: `http://127.0.0.1:${port}`,
  region: 'us-east-1',
  isPathStyle: true,
  keys: { accessKey, secretKey },
});

/** Starts Debian's Swift. It checks signatures, MD5 and SHA-256, as the real ones do. */
export async function startSwift(): Promise<Swift> {
  const dir = mkdtempSync(join(tmpdir(), 'pinky-swift-'));
  const child = spawn('/usr/bin/python3', [join(__dirname, 's3-server.py'), dir, accessKey, secretKey], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let said = '';
  const port = await new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (text: Buffer) => { said += text.toString(); });
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      const ready = /^ready (\d+)$/m.exec(said)?.[1];
      if (ready !== undefined) resolve(Number(ready));
    });
    child.once('exit', (code) => reject(new Error(`Swift ended with ${code}: ${said}`)));
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    port,
    access: accessAt(port),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
      await removeTree(dir);
    },
  };
}
