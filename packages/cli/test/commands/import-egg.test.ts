import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli } from '../cli-run.js';

const egg = (more: object = {}): string =>
  JSON.stringify({
    meta: { version: 'PTDL_v2' },
    name: 'Pond',
    docker_images: { Debian: 'example.org/yolks:debian' },
    startup: './pond {{SERVER_PORT}}',
    config: {
      files: '{}',
      startup: '{"done": "open"}',
      logs: '{}',
      stop: '^^C',
    },
    scripts: { installation: { script: 'echo one\necho two', container: 'x', entrypoint: 'sh' } },
    variables: [
      {
        name: 'Key',
        env_variable: 'API_KEY',
        default_value: '',
        rules: 'required|string',
        user_editable: true,
      },
    ],
    ...more,
  });

describe('pinky funpack import-egg', () => {
  let cwd: string;
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'pinky-egg-'));
    writeFileSync(join(cwd, 'pond.json'), egg());
  });
  afterEach(() => rmSync(cwd, { recursive: true }));

  const run = (...args: string[]) =>
    cli(['funpack', 'import-egg', ...args], { cwd, env: { PINKY_HOME: join(cwd, 'home') } });

  it('writes a funpack, keeps the egg and its install script, and says what became of each field', async () => {
    const { code, out, err } = await run('pond.json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/changed +config\.stop +\^\^C is KILL to a panel/);
    expect(out).toMatch(/carried +variables\.API_KEY +string/);
    expect(out).toContain('install script: 2 lines for sh in x');
    expect(out).toMatch(/carried +scripts\.installation +runs once, at the first start, by sh/);
    expect(out).toContain('carries over fully');
    expect(out).toContain('--set API_KEY=…');
    expect(JSON.parse(readFileSync(join(cwd, 'pond/funpack.json'), 'utf8'))).toMatchObject({
      name: 'pond',
      run: ['./pond', '{port}'],
      schema: { API_KEY: { secret: true, required: true } },
      install: { script: 'egg/install.sh', shell: 'sh' },
    });
    expect(readFileSync(join(cwd, 'pond/egg/install.sh'), 'utf8')).toBe('echo one\necho two');
    expect(readFileSync(join(cwd, 'pond/egg/egg'), 'utf8')).toBe(egg());
  });

  it('writes over no funpack', async () => {
    await run('pond.json');
    expect(await run('pond.json')).toMatchObject({ code: 2, err: expect.stringContaining('holds a funpack already') });
    expect(await run('pond.json', '--to', 'other')).toMatchObject({ code: 0 });
  });

  it('answers in JSON, and refuses with the reason', async () => {
    const { out } = await run('pond.json', '--json', '--program', 'pond=/usr/games/pond', '--done', 'ready');
    const answer = { name: 'pond', format: 'PTDL_v2', outcome: 'fully', notes: expect.any(Array) };
    expect(JSON.parse(out)).toMatchObject(answer);
    expect(JSON.parse(readFileSync(join(cwd, 'pond/funpack.json'), 'utf8'))).toMatchObject({
      run: ['/usr/games/pond', '{port}'],
      console: [{ pattern: 'ready', event: 'started' }],
    });
    writeFileSync(join(cwd, 'bad.json'), egg({ startup: './pond --daemonize' }));
    expect(await run('bad.json')).toMatchObject({ code: 1, err: expect.stringContaining('in the background') });
    const gone = expect.stringContaining('the egg gone.json is not there');
    expect(await run('gone.json')).toMatchObject({ code: 1, err: gone });
    expect(await run('pond.json', '--program', 'pond')).toMatchObject({ code: 2 });
  });

  it('fetches an egg from an address', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/pond') response.end(egg());
      else if (request.url === '/large') response.end('x'.repeat(2_000_000));
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
    try {
      expect(await run(`${base}/pond`)).toMatchObject({ code: 0 });
      expect(await run(`${base}/gone`)).toMatchObject({ code: 1, err: expect.stringContaining('the answer is 404') });
      expect(await run(`${base}/large`)).toMatchObject({ code: 1, err: expect.stringContaining('larger than 1 MiB') });
    } finally {
      server.close();
    }
  });
});
