import { execFileSync } from 'node:child_process';
import { linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { giveTree } from '../../src/launch/give-tree.js';
import { tempDirs } from '../support/temp.js';

/** Only root can give files away. */
(process.getuid?.() === 0 ? describe : describe.skip)('a folder that is given to the user of a game', () => {
  const tempDir = tempDirs();
  const owner = { uid: 65_998, gid: 65_997 };

  it('is its own with all that is in it: links themselves, FIFOs, and files with several names in it', async () => {
    const dir = await tempDir();
    const tree = join(dir, 'tree');
    mkdirSync(join(tree, 'inner'), { recursive: true });
    writeFileSync(join(dir, 'outside'), '');
    writeFileSync(join(tree, 'inner', 'file'), '');
    linkSync(join(tree, 'inner', 'file'), join(tree, 'again'));
    symlinkSync(join(dir, 'outside'), join(tree, 'link'));
    execFileSync('mkfifo', [join(tree, 'fifo')]);
    expect(giveTree(tree, owner)).toEqual([]);
    const names = ['', 'inner', 'inner/file', 'again', 'link', 'fifo'];
    const owners = names.map((name) => lstatSync(join(tree, name))).map(({ uid, gid }) => ({ uid, gid }));
    expect(owners).toEqual(names.map(() => owner));
    expect(lstatSync(tree).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(dir, 'outside')).uid).toBe(0);
  });

  it('leaves a file that has another name outside to whom it belongs, and says which', async () => {
    const dir = await tempDir();
    const tree = join(dir, 'tree');
    mkdirSync(tree);
    writeFileSync(join(dir, 'outside'), '');
    for (const name of ['a', 'b']) linkSync(join(dir, 'outside'), join(tree, name));
    expect([...giveTree(tree, owner, 0o755)].sort()).toEqual(['a', 'b']);
    expect(lstatSync(join(dir, 'outside')).uid).toBe(0);
    expect(lstatSync(tree)).toMatchObject(owner);
    expect(lstatSync(tree).mode & 0o777).toBe(0o755);
  });
});
