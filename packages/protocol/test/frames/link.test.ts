import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FrameDecoder, Link } from '../../src/index.js';
import { until } from '../../src/testing/index.js';

describe('a link that is stopped', () => {
  let dir: string;
  let server: Server;
  let link: Link;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'link-'));
    link = new Link({ path: join(dir, 'a.sock') }, { greet: () => [] });
  });
  afterEach(async () => {
    await link.stop();
    server?.close();
    rmSync(dir, { recursive: true });
  });

  async function connected(): Promise<Socket> {
    server = createServer().listen(join(dir, 'a.sock'));
    await once(server, 'listening');
    link.start();
    const [socket] = (await once(server, 'connection')) as [Socket];
    await until('the link has its peer', () => link.peer);
    return socket;
  }

  it('is over when the other end has read what was said, and not before', async () => {
    const socket = await connected();
    link.send({ type: 'shutdown' });
    let isStopped = false;
    const stopped = link.stop().then(() => { isStopped = true; });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isStopped).toBe(false); // nobody has read
    const read: number[] = [];
    const decoder = new FrameDecoder();
    socket.on('data', (chunk: Buffer) => read.push(...decoder.push(chunk).map(({ id }) => id)));
    await stopped;
    expect(read).toEqual([6]);
  });

  it('is over at once if there is no connection', async () => {
    link.start();
    await link.stop(); // nobody listens
    expect(link.peer).toBeUndefined();
  });
});
