import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cli } from '../cli-run.js';

let cwd: string;
beforeEach(() => { cwd = mkdtempSync(join(tmpdir(), 'pinky-funpack-')); });
afterEach(() => rmSync(cwd, { recursive: true }));

const run = (...args: string[]) => cli(args, { cwd, env: { PINKY_HOME: join(cwd, 'home') } });
const jsonOf = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>; // an answer

describe('pinky funpack new', () => {
  it.each(['declarative', 'program'])('writes a funpack in the %s form without a fault', async (form) => {
    expect(await run('funpack', 'new', './My Game', '--form', form)).toMatchObject({ code: 0, err: '' });
    const { code, out } = await run('funpack', 'check', './My Game');
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(`my-game 1 in ${join(cwd, 'My Game')}`) });
    expect(out).not.toMatch(/odd|BAD/);
  });

  it('writes over nothing, and knows two forms', async () => {
    await run('funpack', 'new', 'a');
    const there = expect.stringContaining('is there already');
    expect(await run('funpack', 'new', 'a')).toMatchObject({ code: 2, err: there });
    expect(await run('funpack', 'new', 'b', '--form', 'egg')).toMatchObject({ code: 2 });
    expect(existsSync(join(cwd, 'b'))).toBe(false);
  });
});

describe('pinky funpack check', () => {
  it('shows which line matched which rule, and which rule never did', async () => {
    await run('funpack', 'new', 'a');
    const manifest = jsonOf(readFileSync(join(cwd, 'a/funpack.json'), 'utf8'));
    const rules = manifest['console'] as object[]; // `new` has written rules
    rules.push({ pattern: 'came', event: 'info' });
    writeFileSync(join(cwd, 'a/funpack.json'), JSON.stringify(manifest));
    const log = 'loading\n\u001b[32mready on port 5\u001b[0m\r\nann came in\n<ann> hello all\nbob came in\n';
    writeFileSync(join(cwd, 'log'), log);
    const { code, out } = await run('funpack', 'check', './a', '--log', 'log');
    expect(code).toBe(0);
    expect(out).toMatch(/^ +2 +console\[0\] +started +ready on port 5$/m);
    expect(out).toMatch(/^ +4 +console\[3\] +chat +user="ann" message="hello all" +<ann> hello all$/m);
    expect(out).toMatch(/^console\[2\] +player_disconnected +0 +never /m);
    expect(out).toMatch(/^console\[4\] +info +0 +an earlier rule took 2 of its lines +came$/m);
    expect(out).toContain('5 lines, 1 of them console text that makes no event');
    const answer = jsonOf((await run('funpack', 'check', './a', '--log', 'log', '--json')).out);
    expect(answer).toMatchObject({ ok: true, lines: 5, unmatched: 1, matches: { length: 4 }, rules: { length: 5 } });
    expect(await run('funpack', 'check', './a', '--log', 'gone')).toMatchObject({
      code: 1,
      err: expect.stringContaining('cannot be read (ENOENT)'),
    });
  });

  it('says how to write a folder that is here, where a name means an installed funpack', async () => {
    await run('funpack', 'new', 'pond');
    const hint = 'write ./pond for the folder of that name here';
    expect(await run('funpack', 'check', 'pond')).toMatchObject({ code: 1, out: expect.stringContaining(hint) });
    expect((await run('doctor', '--funpack', 'pond')).out).toContain(hint);
    expect((await run('funpack', 'check', 'openttd')).out).not.toContain('write ./');
    expect((await run('funpack', 'check', 'lake')).out).not.toContain('write ./');
  });

  it('exits with 1 for a funpack that does not work', async () => {
    await run('funpack', 'new', 'a');
    writeFileSync(join(cwd, 'a/funpack.json'), '{"name": "a", "version": "1"}');
    expect(await run('funpack', 'check', './a')).toMatchObject({
      code: 1,
      out: expect.stringContaining('run: is missing'),
    });
  });
});

describe('pinky funpack pack', () => {
  it('writes the same archive for the same content, and says its sum', async () => {
    await run('funpack', 'new', 'a');
    const first = jsonOf((await run('funpack', 'pack', 'a', '--json')).out);
    utimesSync(join(cwd, 'a/game.sh'), 1, 1);
    const second = jsonOf((await run('funpack', 'pack', 'a', '--to', 'b.tar.gz', '--json')).out);
    expect(first['archive']).toBe(join(cwd, 'a-1.tar.gz'));
    expect(second['sha256']).toBe(first['sha256']);
    expect(execFileSync('sha256sum', [join(cwd, 'b.tar.gz')]).toString()).toContain(String(first['sha256']));
    expect(execFileSync('tar', ['-tzf', join(cwd, 'b.tar.gz')]).toString().split('\n')).toContain('./a/funpack.json');
    expect(await run('funpack', 'pack', 'a')).toMatchObject({ code: 2 });
    appendFileSync(join(cwd, 'a/funpack.json'), '}');
    expect(await run('funpack', 'pack', 'a', '--to', 'c.tar.gz')).toMatchObject({ code: 1 });
    expect(existsSync(join(cwd, 'c.tar.gz'))).toBe(false);
  });
});

describe('pinky funpacks', () => {
  it('lists what is installed, and the settings of one', async () => {
    const { out } = await run('funpacks');
    expect(out).toMatch(/^openttd +1\S* +OpenTTD 13 +declarative +8 /m);
    expect(out).toMatch(/^emberhollow .* program /m);
    const one = await run('funpacks', 'openttd');
    expect(one.out).toMatch(/^maxClients +integer +25 +2\.\.255/m);
    expect(jsonOf((await run('funpacks', '--json')).out)['funpacks']).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'luanti', form: 'program' })]),
    );
    const near = expect.stringContaining('did you mean openttd?');
    expect(await run('funpacks', 'opentdd')).toMatchObject({ code: 1, err: near });
  });

  it('shows no default of a secret', async () => {
    await run('funpack', 'new', 'home/funpacks/mine');
    const path = join(cwd, 'home/funpacks/mine/funpack.json');
    const schema = {
      pass: { type: 'string', default: 'hunter2', secret: true },
      mode: { type: 'enum', values: [{ value: '1', label: 'on' }, '0'] },
    };
    writeFileSync(path, JSON.stringify({ ...jsonOf(readFileSync(path, 'utf8')), schema }));
    for (const flags of [[], ['--json']]) {
      const { code, out } = await run('funpacks', 'mine', ...flags);
      expect(code).toBe(0);
      expect(out).not.toContain('hunter2');
    }
    expect((await run('funpacks', 'mine')).out).toMatch(/^mode +enum +1 \(on\), 0$/m);
  });
});
