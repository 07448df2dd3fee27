import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './real-box';

/** Copies the built tree, as another version: with programs of its own, and our modules. */
export function copyTree(to: string, version: string): string {
  const names = readdirSync(join(root, 'packages'));
  mkdirSync(join(to, 'node_modules', '@pinky'), { recursive: true });
  for (const name of readdirSync(join(root, 'node_modules')).filter((each) => each !== '@pinky'))
    symlinkSync(join(root, 'node_modules', name), join(to, 'node_modules', name));
  for (const name of names) {
    for (const part of ['dist', 'bin', 'package.json'].filter((each) =>
      existsSync(join(root, 'packages', name, each)),
    )) {
      cpSync(join(root, 'packages', name, part), join(to, 'packages', name, part), { recursive: true });
    }
    const modules = join(root, 'packages', name, 'node_modules');
    if (existsSync(modules)) symlinkSync(modules, join(to, 'packages', name, 'node_modules'));
    symlinkSync(join('..', '..', 'packages', name), join(to, 'node_modules', '@pinky', name));
  }
  symlinkSync(join(root, 'funpacks'), join(to, 'funpacks'));
  setVersion(to, version);
  return to;
}

/** Changes the version that the Pinky in a tree says it is. */
export function setVersion(tree: string, version: string): void {
  const manifest = join(tree, 'packages', 'box', 'package.json');
  writeFileSync(manifest, JSON.stringify({ ...JSON.parse(readFileSync(manifest, 'utf8')), version }));
}
