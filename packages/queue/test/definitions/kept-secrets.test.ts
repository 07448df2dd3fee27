import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boxPaths, readDefinition, silentLogger, type Definition } from '@pinky/protocol';
import { FakeClock } from '@pinky/protocol/testing';
import { DefinitionBook } from '../../src/definitions/definition-book.js';

const settings = { motd: 'hi', password: 'hunter2' };
const start = { funpack: { url: 'pack' }, ram: { min: 64, max: 64 }, settings };
const up = { wanted: 'up', changedIn: 1 } as const;

describe('the secrets of a definition', () => {
  let home: string;
  let book: DefinitionBook;
  const books: DefinitionBook[] = [];
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'pinky-secrets-'));
    book = open();
  });
  afterEach(async () => {
    await Promise.all(books.splice(0).map((one) => one.stop()));
    rmSync(home, { recursive: true, force: true });
  });

  function open(): DefinitionBook {
    const opened = new DefinitionBook({ home, logger: silentLogger, clock: new FakeClock() });
    opened.load();
    books.push(opened);
    return opened;
  }
  const readable = (): string => readFileSync(boxPaths(home).definition('a'), 'utf8');
  const secret = (): string => readFileSync(boxPaths(home).secrets('a'), 'utf8');

  it('stand in a file of their own, that only its owner may read', async () => {
    await book.define('a', start, up);
    book.remember('a', { plain: ['motd'] });
    await book.settled('a');
    expect(readable()).not.toContain('hunter2');
    expect(JSON.parse(readable())).toMatchObject({ settings: { motd: 'hi' } });
    expect(JSON.parse(secret())).toMatchObject({ now: { settings: { password: 'hunter2' } } });
    expect(statSync(boxPaths(home).secrets('a')).mode & 0o777).toBe(0o600);
    expect(readDefinition(home, 'a')).toMatchObject({ settings });
    expect(open().get('a')).toMatchObject({ format: 1, settings, plain: ['motd'] });
  });

  it('are all settings, until a run has told which are none, and after another funpack', async () => {
    await book.define('a', start, up);
    expect(readable()).not.toMatch(/hunter2|"hi"/);
    book.remember('a', { plain: ['motd'] });
    await book.settled('a');
    expect(readable()).toContain('"hi"');
    await book.define('a', { ...start, settings: { ...settings, later: 'new' } }, { wanted: 'up', changedIn: 3 });
    expect(readable()).not.toContain('new');
    await book.define('a', { ...start, funpack: { url: 'other' } }, { wanted: 'up', changedIn: 4 });
    expect(readable()).not.toMatch(/hunter2|"hi"/);
  });

  it('make the definition one that an older version takes for damaged, and never starts without them', async () => {
    await book.define('a', start, up);
    expect(JSON.parse(readable())).toMatchObject({ format: 2 });
    book.remember('a', { plain: ['motd', 'password'] });
    await book.settled('a');
    expect(JSON.parse(readable())).toMatchObject({ format: 1, settings });
    expect(readdirSync(boxPaths(home).definitions)).toEqual(['a.json']);
  });

  it('leave the readable part of a definition of the version before at its first write', async () => {
    mkdirSync(boxPaths(home).definitions, { recursive: true });
    const older = { format: 1, serverId: 'a', revision: 7, changedIn: 7, wanted: 'up', wantedSince: 0, ...start };
    writeFileSync(boxPaths(home).definition('a'), JSON.stringify(older));
    const again = open();
    expect(again.get('a')).toMatchObject({ settings });
    await again.want('a', 'down');
    expect(readable()).not.toContain('hunter2');
    expect(readDefinition(home, 'a')).toMatchObject({ revision: 8, settings });
  });

  it('belong to the old definition where the queue dies between the two files', async () => {
    await book.define('a', start, up);
    const before = readable();
    await book.define('a', { ...start, settings: { ...settings, password: 'changed' } }, { ...up, changedIn: 2 });
    expect(secret()).not.toContain('hunter2'); // the old one is not kept
    const after = JSON.parse(secret()) as { now: { revision: number; settings: object } };
    const both = { ...after, before: { revision: 1, settings: { motd: 'hi', password: 'hunter2' } } };
    writeFileSync(boxPaths(home).secrets('a'), JSON.stringify(both));
    expect(readDefinition(home, 'a')).toMatchObject({ revision: 2, settings: { password: 'changed' } });
    writeFileSync(boxPaths(home).definition('a'), before);
    expect(readDefinition(home, 'a')).toMatchObject({ revision: 1, settings: { password: 'hunter2' } });
    const next = open();
    await next.want('a', 'down');
    expect(readDefinition(home, 'a')).toMatchObject({ wanted: 'down', settings: { password: 'hunter2' } });
    expect(secret()).not.toContain('changed');
  });

  it('are missed: a definition whose secrets are gone is damaged', async () => {
    await book.define('a', start, up);
    rmSync(boxPaths(home).secrets('a'));
    expect(readDefinition(home, 'a')).toBe('damaged');
  });

  it('go with the definition', async () => {
    await book.define('a', start, up);
    await book.forget('a');
    expect(readdirSync(boxPaths(home).definitions)).toEqual([]);
  });

  it('are not written again where only the rest has changed', async () => {
    await book.define('a', start, up);
    const before = statSync(boxPaths(home).secrets('a')).ino;
    await book.want('a', 'down');
    expect(statSync(boxPaths(home).secrets('a')).ino).toBe(before);
    expect((readDefinition(home, 'a') as Definition).wanted).toBe('down');
  });
});
