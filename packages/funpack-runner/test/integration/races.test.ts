import { execFileSync } from 'node:child_process';
import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { backUp } from '../../src/backup/backup.js';
import { restore } from '../../src/backup/restore.js';
import { removeTree } from '../../src/kernel/remove-tree.js';
import { giveTree } from '../../src/launch/give-tree.js';
import { InnerFiles } from '../../src/launch/inner-files.js';
import { Racer } from '../support/racer.js';
import { tempDirs } from '../support/temp.js';
import { testWork } from '../support/work.js';
import { world } from '../support/worlds.js';

/** A game may do this a million times. A walk by paths lost within a few hundred tries. */
const forMs = 1_000;
const leastTries = 50;
const mark = 'ours, and nobody elses';

describe('work in a folder whose game exchanges files and folders for links meanwhile', () => {
  let racer: Racer | undefined;
  afterEach(async () => { await racer?.end(); }); // before its folder goes
  const tempDir = tempDirs();

  /** A world, and beside it a folder that is not the game's, whose files have the names of the world's. */
  const arena = async () => {
    const made = await world(await tempDir(), { 'map/level.ini': 'theirs=1', 'level.ini': 'theirs=1' });
    const outside = join(made.dir, 'outside');
    mkdirSync(outside);
    for (const name of ['level.ini', 'r.0']) writeFileSync(join(outside, name), `key=${mark}`);
    const at = (name: string): string => join(made.workingDir, name);
    symlinkSync(outside, at('map-link'));
    symlinkSync(join(outside, 'level.ini'), at('level-link'));
    const pairs = [[at('map'), at('map-link')], [at('level.ini'), at('level-link')]] as const;
    return { ...made, outside, at, race: async () => { racer = await Racer.start(outside, pairs); } };
  };
  const isUntouched = (outside: string): void => {
    expect(readdirSync(outside).sort()).toEqual(['level.ini', 'r.0']);
    for (const name of readdirSync(outside)) expect(readFileSync(join(outside, name), 'utf8')).toBe(`key=${mark}`);
  };
  /** Tries again and again, and checks each answer. Answers how often it went well and how often it was refused. */
  const tryAgain = async <T>(action: () => T | Promise<T>, check?: (answer: T) => void) => {
    const count = { done: 0, refused: 0 };
    for (const until = Date.now() + forMs; Date.now() < until || count.done + count.refused < leastTries;) {
      const answer = await Promise.resolve().then(action).then((value) => ({ value }), () => undefined);
      if (answer) check?.(answer.value);
      count[answer ? 'done' : 'refused'] += 1;
    }
    return count;
  };

  it('reads and writes configuration files nowhere else', async () => {
    const { workingDir, outside, race } = await arena();
    await race();
    const inner = new InnerFiles(workingDir);
    const shown = (text: string | undefined): void => expect(text ?? '').not.toContain(mark);
    const read = await tryAgain(() => inner.read('map/level.ini'), shown);
    const readFile = await tryAgain(() => inner.read('level.ini'), shown);
    const written = await tryAgain(() => inner.write('map/level.ini', 'x=1'));
    const kept = await tryAgain(() => inner.write('level.ini', 'x=1', { keeps: true }));
    for (const count of [read, readFile, written, kept]) {
      expect(count.done).toBeGreaterThan(0); // so the race was on
      expect(count.refused).toBeGreaterThan(0);
    }
    isUntouched(outside);
  });

  it('backs up nothing else', async () => {
    const { task, outside, race } = await arena();
    await race();
    let now = 1_700_000_000_000;
    let count = 0;
    for (let nth = 0; nth < 12; nth++) {
      now += 60_000;
      const made = await backUp(task, testWork({ wallNow: () => now })).catch(() => undefined);
      if (!made) continue; // it was refused
      const bytes = execFileSync('lzop', ['-dc', fileURLToPath(made.url)]);
      expect(bytes.includes(mark)).toBe(false);
      count += 1;
    }
    expect(count).toBeGreaterThan(0);
    isUntouched(outside);
  });

  it('restores to no other place, and removes nothing else', async () => {
    const { task, restoreTask, outside, workingDir, race } = await arena();
    const { url } = await backUp(task, testWork());
    const onto = { ...restoreTask(url), into: workingDir };
    await race();
    let count = 0;
    for (let nth = 0; nth < 20; nth++) await restore(onto, testWork()).then(() => { count += 1; }, () => undefined);
    expect(count).toBeGreaterThan(0);
    isUntouched(outside);
  });

  it('removes nothing else', async () => {
    const { outside, at } = await arena();
    racer = await Racer.start(outside, [[at('victim/inner'), at('victim/link')]]);
    const { done } = await tryAgain(async () => {
      for (let nth = 0; nth < 20; nth++) mkdirSync(at(`made/level.ini/${nth}`), { recursive: true });
      mkdirSync(at('victim'), { recursive: true });
      renameSync(at('made'), at('victim/inner')); // fails where the racer has put its link
      await removeTree(at('victim'));
    });
    expect(done).toBeGreaterThan(0);
    isUntouched(outside);
  });

  const asRoot = process.getuid?.() === 0 ? it : it.skip;

  asRoot('gives nothing else to the user of the game, be it by a link or by another name of a file', async () => {
    const { workingDir, outside, at, dir } = await arena();
    mkdirSync(at('names'));
    writeFileSync(at('names/own'), 'theirs');
    linkSync(join(outside, 'r.0'), at('names/planted'));
    const pairs = [[at('map'), at('map-link')], [at('names/own'), at('names/planted')]] as const;
    racer = await Racer.start(outside, pairs);
    const owners = () => [dir, outside, ...['level.ini', 'r.0'].map((name) => join(outside, name))]
      .map((path) => statSync(path).uid);
    const { done } = await tryAgain(
      () => giveTree(workingDir, { uid: 65_999, gid: 65_999 }),
      () => expect(owners()).toEqual([0, 0, 0, 0]),
    );
    expect(done).toBeGreaterThan(0);
    expect(owners()).toEqual([0, 0, 0, 0]);
  });
});
