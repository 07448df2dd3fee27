import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const program = resolve(__dirname, '../scripts/remove-stale-output.mjs');
const project = (rootDir: string, outDir: string): string => JSON.stringify({ compilerOptions: { rootDir, outDir } });
const compiled = (stem: string): string[] => ['.js', '.js.map', '.d.ts'].map((ending) => `${stem}${ending}`);

describe('a build', () => {
  let root: string;
  beforeEach(() => { root = mkdtempSync(join(tmpdir(), 'pinky-stale-')); });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const write = (path: string, text = ''): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const left = (dir: string): string[] =>
    readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(root, dir).length + 1))
      .sort();

  it('removes compiled files without a source and folders that become empty, and nothing else', () => {
    write('packages/one/tsconfig.json', project('src', 'dist'));
    for (const path of ['main.ts', 'inner/part.ts']) write(`packages/one/src/${path}`);
    const current = [...compiled('inner/part'), ...compiled('main')];
    const stale = [...compiled('gone'), ...compiled('inner/gone'), ...compiled('old/room/gone')];
    const others = ['bundle/worker.js', 'program.cjs', 'program.cjs.cache', 'wrapper.sh'];
    for (const path of [...current, ...stale, ...others]) write(`packages/one/dist/${path}`);
    execFileSync(process.execPath, [program, root]);
    expect(left('packages/one/dist')).toEqual([...current, ...others].sort());
    expect(readdirSync(join(root, 'packages/one/dist'))).not.toContain('old');
  });

  it('knows a project whose output is inside that of another one', () => {
    write('packages/one/tsconfig.json', project('src', 'dist'));
    write('packages/one/vectors/tsconfig.json', project('.', '../dist/vectors'));
    write('packages/one/src/main.ts');
    write('packages/one/vectors/case.ts');
    for (const path of [...compiled('main'), ...compiled('vectors/case'), ...compiled('vectors/gone')])
      write(`packages/one/dist/${path}`);
    execFileSync(process.execPath, [program, root]);
    expect(left('packages/one/dist')).toEqual([...compiled('main'), ...compiled('vectors/case')].sort());
  });

  it('does not mind a package that was never built', () => {
    write('packages/one/tsconfig.json', project('src', 'dist'));
    expect(() => execFileSync(process.execPath, [program, root])).not.toThrow();
  });
});
