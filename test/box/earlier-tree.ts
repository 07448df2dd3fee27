import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './real-box';

/** git refuses a clone of another user, unless it is named here. */
const inClone = ['-c', `safe.directory=${root}`, '-C', root] as const;
const git = (...args: readonly string[]): string =>
  execFileSync('git', [...inClone, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();

/** The commit before a file was added. Undefined without git, or in a clone whose history does not reach that far. */
export function commitBefore(file: string): string | undefined {
  try {
    const added = git('log', '--diff-filter=A', '--format=%H', '--', file).split('\n').at(-1);
    return added ? git('rev-parse', '--verify', `${added}^`) : undefined;
  } catch {
    return undefined; // no git, no history, or a shallow clone that ends there
  }
}

/** Unpacks a commit, and builds it with our modules. */
export function buildCommit(commit: string, dir: string): void {
  const archive = execFileSync('git', [...inClone, 'archive', commit], { maxBuffer: 2 ** 28 });
  execFileSync('tar', ['-x', '-C', dir], { input: archive });
  const modules = join(dir, 'node_modules');
  for (const name of ['@pinky', '.bin']) mkdirSync(join(modules, name), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((each) => !['@pinky', '.bin'].includes(each)))
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  symlinkSync(join(__dirname, 'transpile.mjs'), join(modules, '.bin', 'tsc'));
  build(dir);
}

/** Turns a folder with an earlier version into our own tree, as `git pull && npm ci && npm run build` would. */
export function buildOver(dir: string): void {
  const ours = git('ls-files', '--cached', '--others', '--exclude-standard').split('\n').filter((each) =>
    existsSync(join(root, each)),
  );
  for (const name of readdirSync(join(dir, 'packages')))
    for (const part of ['src', 'bin']) rmSync(join(dir, 'packages', name, part), { recursive: true, force: true });
  for (const file of ours) {
    mkdirSync(dirname(join(dir, file)), { recursive: true });
    copyFileSync(join(root, file), join(dir, file));
  }
  build(dir);
}

function build(dir: string): void {
  const links = join(dir, 'node_modules', '@pinky');
  for (const name of readdirSync(join(dir, 'packages'))) {
    if (!existsSync(join(links, name))) symlinkSync(join('..', '..', 'packages', name), join(links, name));
    const [from, to] = [root, dir].map((tree) => join(tree, 'packages', name, 'node_modules'));
    if (from && to && existsSync(from) && !existsSync(to)) symlinkSync(from, to);
  }
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: dir, stdio: 'pipe' });
}
