import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '..');

describe('the npm packages', () => {
  it('carry the funpacks that ship, and the schema of funpack.json', () => {
    const pack = ['pack', '--dry-run', '--json', '--workspace=packages/box', '--workspace=packages/funpack-runner'];
    const printed = execFileSync('npm', pack, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    // npm answers a list of packages
    const packages = JSON.parse(printed.slice(printed.indexOf('['))) as { name: string; files: { path: string }[] }[];
    const filesOf = (name: string): string[] =>
      packages.find((one) => one.name === name)?.files.map(({ path }) => path) ?? [];
    const shipped = readdirSync(join(root, 'funpacks')).map((name) => `funpacks/${name}/funpack.json`);
    expect(shipped.length).toBeGreaterThan(3);
    expect(filesOf('@pinky/box')).toEqual(expect.arrayContaining(shipped));
    expect(filesOf('@pinky/funpack-runner')).toContain('funpack.schema.json');
    expect(existsSync(join(root, 'packages/box/funpacks'))).toBe(false);
  });
});
