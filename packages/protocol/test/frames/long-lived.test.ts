import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Link, Listener } from '../../src/index.js';
import { startStopContract, until } from '../../src/testing/index.js';

const scratch = (): { path: string; cleanUp: () => void } => {
  const dir = mkdtempSync(join(tmpdir(), 'long-lived-'));
  return { path: join(dir, 'x.sock'), cleanUp: () => rmSync(dir, { recursive: true }) };
};

describe('a listener', () => {
  it.each(startStopContract(() => {
    const { path, cleanUp } = scratch();
    return { part: new Listener(path, {}), running: () => Number(existsSync(path)), cleanUp };
  }))('%s', (_rule, keeps) => keeps());

  it('says why it cannot listen, and may be stopped then', async () => {
    const listener = new Listener('/nowhere/x.sock', {});
    await expect(listener.start()).rejects.toMatchObject({ syscall: 'listen' });
    await listener.stop();
  });
});

describe('a link', () => {
  it.each(startStopContract(async () => {
    const { path, cleanUp } = scratch();
    const listener = new Listener(path, {});
    await listener.start();
    const part = new Link({ path }, { greet: () => [] });
    return { part, running: () => Number(part.peer !== undefined), cleanUp: () => listener.stop().then(cleanUp) };
  }))('to a listener: %s', (_rule, keeps) => keeps());

  it.each(startStopContract(() => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const retryMs = { first: 60_000, longest: 60_000 };
    const part = new Link({ path: '/nowhere/x.sock' }, { greet: () => [], retryMs });
    return { part, running: () => timers() - before };
  }))('while nobody listens: %s', (_rule, keeps) => keeps());

  it('does not wait for ever for a peer that never closes its half of the connection', async () => {
    const { path, cleanUp } = scratch();
    const sockets: Socket[] = [];
    const hung = createServer({ allowHalfOpen: true }, (socket) => void sockets.push(socket)).listen(path);
    await once(hung, 'listening');
    const link = new Link({ path }, { greet: () => [] });
    link.start();
    await until('the link is connected', () => link.peer);
    await link.stop();
    expect(link.peer).toBeUndefined();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => hung.close(resolve));
    cleanUp();
  });
});
