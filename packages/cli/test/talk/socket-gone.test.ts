import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@pinky/box/config';
import { prepareHome } from '@pinky/box/home';
import { until } from '@pinky/protocol/testing';
import { checkAbandoned, checkPlaces } from '../../src/doctor/box.js';
import { isSocket, socketGone } from '../../src/talk/supervisor.js';

const configAt = (home: string) => loadConfig({ home, configFile: undefined, env: {} });

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
    ['a file', (path: string) => writeFileSync(path, '')],
    ['a link', (path: string) => symlinkSync('/nowhere', path)],
  ])('is said to have %s in its place, which its owner removes', (_, put) => {
    const path = join(dir, 'queue.sock');
    put(path);
    const { message, remedy } = socketGone('queue', 7, path);
    expect(message).toContain(`because ${path} is no socket; it removes that within seconds, and it binds it again`);
    expect(remedy).toMatch(/^wait a second/);
  });

  it('is said to be that of a process that somebody has stopped, or to end one that hangs', async () => {
    const child = spawn('sleep', ['600']);
    await once(child, 'spawn');
    const remedy = (): string => socketGone('supervisor', child.pid!, join(dir, 'supervisor.sock')).remedy;
    expect(remedy()).toContain(`\`kill -KILL ${child.pid}\`, then \`pinky up --daemonize\`; games run on`);
    child.kill('SIGSTOP');
    await until('it stands still', () => remedy() === `somebody has stopped it: \`kill -CONT ${child.pid}\``);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('is said to have a folder in its place, which is to be moved away', () => {
    const path = join(dir, 'queue.sock');
    mkdirSync(join(path, 'inside'), { recursive: true });
    const { code, message, remedy } = socketGone('queue', 7, path);
    expect(code).toBe('socket_gone');
    expect(message).toContain(`because ${path} is a folder; once that is moved away, it binds it again`);
    expect(remedy).toBe(`move it away: mv ${path} ${path}.old`);
  });

  it.each(['supervisor.sock', 'queue.sock', 'redis/redis.sock'])(
    'is named before a box is prepared with a folder in the place of %s, and by doctor', (name) => {
      const config = configAt(dir);
      mkdirSync(join(dir, name), { recursive: true });
      expect(() => prepareHome(config)).toThrow(expect.objectContaining({
        code: 'socket_gone',
        message: expect.stringContaining(`${join(dir, name)} is a folder`),
        remedy: `move it away: mv ${join(dir, name)} ${join(dir, name)}.old`,
      }));
      expect(checkPlaces(config)).toMatchObject([{ level: 'bad', found: expect.stringContaining(name) }]);
      expect(checkAbandoned(config, false)).toEqual([]);
      rmdirSync(join(dir, name));
      prepareHome(config);
      expect(checkPlaces(config)).toEqual([]);
    },
  );

  it('is known from one that is there', async () => {
    const path = join(dir, 'queue.sock');
    const server = createServer();
    await new Promise<void>((done) => { server.listen(path, done); });
    expect(isSocket(path)).toBe(true);
    await new Promise((done) => { server.close(done); });
  });
});
