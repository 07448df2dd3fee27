import type { FunpackManifest } from '@pinky/protocol';
import { checkFunpack } from '../../src/funpack/check-funpack.js';
import { programFunpack, tempDirs, writeFiles } from '../support/temp.js';

const tempDir = tempDirs();

async function problems(manifest: Partial<FunpackManifest>, files: Record<string, string> = {}): Promise<string[]> {
  const dir = await writeFiles(await tempDir(), programFunpack(manifest, files));
  return (await checkFunpack(dir)).map(({ severity, problem }) => `${severity}: ${problem}`);
}

describe('checkFunpack, of files', () => {
  const schema = {
    motd: { type: 'string' },
    max: { type: 'integer' },
    pass: { type: 'string', secret: true },
  } as const;

  it('warns of a text without a filter where the file has a format, and of nothing else', async () => {
    const files = [
      { path: 'a.json', template: 'a.tpl' },
      { path: 'b.cfg', content: 'motd {settings.motd}' },
      { path: 'c.yml', set: { motd: '{settings.motd}' } },
    ];
    expect(await problems({ schema, files }, { 'a.tpl': '{"m": "{settings.motd}", "n": {settings.max}}' })).toEqual([
      'warning: files a.json: {settings.motd} may break the file; write {settings.motd|json}',
    ]);
    expect(await problems({ schema, files }, { 'a.tpl': '{"m": "{settings.motd|json}", "n": {settings.max}}' }))
      .toEqual([]);
  });

  it('warns of a secret in the backups where the file cannot be left out of them', async () => {
    const files = [
      { path: 'conf/a.cfg', content: 'pass {settings.pass}' },
      { path: 'b.ini', set: { pass: '{settings.pass}' } },
    ];
    const persistent = { schema, files, persistent: true };
    expect(await problems(persistent)).toEqual([
      expect.stringMatching(/^warning: files b\.ini: holds the secret pass .* is changed and not written anew/),
      expect.stringMatching(/^warning: backup: a program of the funpack may write the secret pass into working\//),
    ]);
    expect(await problems({ ...persistent, backup: { exclude: ['conf/', 'b.ini'] } })).toEqual([]);
    expect(await problems({ ...persistent, backup: { paths: ['world'] } })).toEqual([]);
    expect(await problems({ schema, files })).toEqual([]);
  });

  it('warns of a secret in a command line, which every user of the machine can read', async () => {
    const run = ['sh', { ifSet: 'pass', args: ['--pass', '{settings.pass}'] }];
    const started = [{ pattern: '^up$', event: 'started' }];
    const manifest = { name: 'g', version: '1', schema, run, console: started };
    const dir = await writeFiles(await tempDir(), { 'funpack.json': JSON.stringify(manifest) });
    const findings = await checkFunpack(dir);
    expect(findings).toMatchObject([{ severity: 'warning', problem: expect.stringMatching(/^run: .*settings\.pass/) }]);
  });

  it('names settings that the schema does not have', async () => {
    const files = [{ path: 'b.ini', ifSet: 'gone', set: { a: '{settings.other}' } }];
    expect(await problems({ schema, files })).toEqual([
      'warning: files b.ini: {settings.other} is not in schema',
      'warning: files b.ini: ifSet gone is not in schema',
    ]);
  });

  it.each([
    [{ path: 'a.cfg', set: { a: 'b' } }, /parser: is missing/],
    [{ path: 'a.json', set: { a: ['b'] } }, /files\[0\]\.set\.a/],
    [{ path: 'a.json', parser: 'jason', set: {} }, /must be one of/],
    [{ path: 'a.json' }, /must have either template or content, or set/],
    [{ path: 'a.json', set: {}, template: 'x', content: 'y' }, /must not have both/],
  ])('refuses %j', async (file, problem) => {
    const files = [file] as unknown as FunpackManifest['files']; // wrong on purpose
    expect((await problems({ ...(files && { files }) })).join()).toMatch(problem);
  });
});
