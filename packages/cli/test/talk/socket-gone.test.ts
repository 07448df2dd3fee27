import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isSocket, socketGone } from '../../src/talk/supervisor.js';

describe('a socket that nobody can reach', () => {
  let dir: string;
  beforeEach(() => { dir = mkdtempSync(join(tmpdir(), 'pinky-socket-')); });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('is said to be removed where nothing is in its place', () => {
    const path = join(dir, 'supervisor.sock');
    expect(socketGone('supervisor', 7, path).message).toContain('was removed or is not made yet');
    expect(isSocket(path)).toBe(false);
  });

  it.each([
    ['a folder', (path: string) => mkdirSync(join(path, 'inside'), { recursive: true })],
    ['a file', (path: string) => writeFileSync(path, '')],
  ])('is said to have %s in its place, which is to be moved away', (_, put) => {
    const path = join(dir, 'queue.sock');
    put(path);
    const { code, message } = socketGone('queue', 7, path);
    expect(code).toBe('socket_gone');
    expect(message).toContain(`because ${path} is something else; move that away`);
  });

  it('is known from one that is there', async () => {
    const path = join(dir, 'queue.sock');
    const server = createServer();
    await new Promise<void>((done) => { server.listen(path, done); });
    expect(isSocket(path)).toBe(true);
    await new Promise((done) => { server.close(done); });
  });
});
