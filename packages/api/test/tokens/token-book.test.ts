import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@pinky/protocol/testing';
import { TokenBook } from '../../src/tokens/token-book.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'pinky-tokens-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

it('a token that was revoked is told of by the next look, half a second later, also without a watch', async () => {
  const clock = new FakeClock();
  const book = new TokenBook(home, clock);
  const { token, record } = book.files.create({ name: 'short', verbs: ['read'], servers: ['*'] });
  await book.start();
  let isTold = false;
  book.whenGone(record.id, () => { isTold = true; });
  expect(book.find(token)).toMatchObject({ name: 'short' });
  book.files.revoke(record.id);
  await clock.advance(500);
  expect([isTold, book.find(token)]).toEqual([true, undefined]);
  await book.stop();
});

it('a token that expires is told of likewise', async () => {
  const clock = new FakeClock();
  const book = new TokenBook(home, clock);
  const expiresAt = new Date(clock.wallNow() + 60_000).toISOString();
  const { token, record } = book.files.create({ name: 'short', verbs: ['read'], servers: ['*'], expiresAt });
  await book.start();
  let isTold = false;
  book.whenGone(record.id, () => { isTold = true; });
  await clock.advance(59_500);
  expect([isTold, book.find(token)?.name]).toEqual([false, 'short']);
  await clock.advance(1_000);
  expect([isTold, book.find(token)]).toEqual([true, undefined]);
  await book.stop();
});
