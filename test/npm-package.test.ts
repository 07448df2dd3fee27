import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from './box/real-box';

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

interface Manifest {
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
const manifestIn = (dir: string): Manifest => JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest;

/** The folder in which Node finds a module from another folder. Undefined for one that is optional and not there. */
function placeOf(name: string, from: string): string | undefined {
  const place = join(from, 'node_modules', name);
  if (existsSync(place)) return place;
  return from === root ? undefined : placeOf(name, dirname(from));
}

/** The folders of modules of others that a package needs, by its manifest and theirs. */
function foreignOf(dir: string, found = new Set<string>()): Set<string> {
  const { dependencies, optionalDependencies } = manifestIn(dir);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const place = name.startsWith('@pinky/') ? undefined : placeOf(name, dir);
    if (place === undefined || found.has(place)) continue;
    found.add(place);
    foreignOf(place, found);
  }
  return found;
}

/**
 * Installs one of our packages and all of ours that it needs as `npm install --global` does: each has its own
 * node_modules, with nothing in it but what the manifests name. Links are enough for the files.
 */
function installAlone(name: string, modules: string): void {
  const [from, to] = [join(root, 'packages', name), join(modules, '@pinky', name)];
  if (existsSync(to)) return;
  const { files, dependencies = {} } = manifestIn(from);
  mkdirSync(join(to, 'node_modules'), { recursive: true });
  for (const file of ['package.json', ...files].filter((one) => existsSync(join(from, one))))
    cpSync(join(from, file), join(to, file), { recursive: true });
  for (const place of [...foreignOf(from)].sort()) {
    const target = join(to, 'node_modules', place.slice(place.indexOf('/node_modules/') + '/node_modules/'.length));
    if (existsSync(target)) continue; // it lies in another one, and came with it
    mkdirSync(dirname(target), { recursive: true });
    const copy = 'cp -a --link "$0" "$1" 2>/dev/null || { rm -rf "$1"; cp -a "$0" "$1"; }';
    execFileSync('sh', ['-c', copy, place, target]);
  }
  for (const dependency of Object.keys(dependencies))
    if (dependency.startsWith('@pinky/')) installAlone(dependency.slice('@pinky/'.length), modules);
}

describe('an installation of the command alone', () => {
  let dir: string;
  let box: RealBox;
  beforeAll(() => {
    assertBuilt();
    dir = realpathSync(mkdtempSync(join(tmpdir(), 'pinky-installed-')));
    installAlone('cli', join(dir, 'node_modules'));
    cpSync(join(root, 'funpacks/emberhollow'), join(dir, 'node_modules/@pinky/box/funpacks/emberhollow'), {
      recursive: true,
    });
    // where the command of a clone is
    mkdirSync(join(dir, 'packages'));
    symlinkSync(join(dir, 'node_modules/@pinky/cli'), join(dir, 'packages/cli'));
    box = new RealBox('ports: {first: 21940, step: 7, count: 5}\napi: {address: "127.0.0.1:0"}\n', dir);
  });
  afterAll(async () => {
    await box.end();
    rmSync(dir, { recursive: true, force: true });
  });

  it('runs a box, a game and its backup, the page, the doctor, and the client', async () => {
    expect(await box.pinky(['doctor'])).toMatchObject({ answer: { findings: expect.any(Array) } });
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    expect(await box.pinky(['start', 'a', '--funpack', 'emberhollow'])).toMatchObject({ answer: { state: 'up' } });
    expect(await box.pinky(['stop', 'a'])).toMatchObject({ answer: { state: 'down', backup: { kind: 'full' } } });
    expect(await box.pinky(['verify', 'a'])).toMatchObject({ answer: { files: 1 } });
    const { url } = await until('the API listens', async () => {
      const { code, answer } = await box.pinky(['api', 'address']);
      return code === 0 && (answer as { url: string });
    });
    expect(await (await fetch(url)).text()).toContain('<title>');
    installAlone('client', join(dir, 'node_modules'));
    const { token } = (await box.pinky(['token', 'create', 'alone', '--allow', 'read'])).answer as { token: string };
    const program = `const { BoxClient } = require('@pinky/client');
      const box = new BoxClient({ url: process.argv[1], token: process.argv[2] });
      void box.api.GET('/v1/servers').then(({ data }) => console.log(data.servers[0].serverId));`;
    expect(execFileSync(process.execPath, ['-e', program, url, token], { cwd: dir, encoding: 'utf8' })).toBe('a\n');
    expect(await box.pinky(['down'])).toMatchObject({ code: 0 });
  });
});
