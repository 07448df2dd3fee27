import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  boxPaths,
  fits,
  hasWebhooks,
  shownAddress,
  validSecrets,
  wantsEvent,
  WebhookFiles,
  type WebhookInput,
} from '../../src/index.js';

const home = mkdtempSync(join(tmpdir(), 'pinky-webhooks-'));
const files = new WebhookFiles(home);
const url = 'https://hooks.example/pinky';
afterEach(() => {
  for (const { id } of files.list()) files.remove(id);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the files of webhooks', () => {
  it('are for the owner only, and their folder is there only while one is', () => {
    expect(hasWebhooks(home)).toBe(false);
    const { endpoint, secret } = files.create({ url, name: 'mine' });
    expect(endpoint).toMatchObject({ url, name: 'mine', format: 'standard', events: ['*'], servers: ['*'] });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { webhooks } = boxPaths(home);
    expect(statSync(join(webhooks, `${endpoint.id}.json`)).mode & 0o777).toBe(0o600);
    expect(statSync(webhooks).mode & 0o777).toBe(0o700);
    expect(hasWebhooks(home)).toBe(true);
    expect(files.remove(endpoint.id)).toEqual(endpoint);
    expect(existsSync(webhooks)).toBe(false);
    expect(readdirSync(home)).toEqual([]); // no draft is left
  });

  it('are changed field by field, and turned off with a reason that the next change removes', () => {
    const { endpoint: { id } } = files.create({ url, events: ['chat'] });
    files.change(id, { isEnabled: false, disabledBecause: 'gone' });
    expect(files.get(id)).toMatchObject({ isEnabled: false, disabledBecause: 'gone', events: ['chat'], url });
    const changed = files.change(id, { events: ['crash*'], isEnabled: true });
    expect(changed).toMatchObject({ isEnabled: true, events: ['crash*'], url });
    expect(changed).not.toHaveProperty('disabledBecause');
    expect(files.get(id)).toEqual(changed);
  });

  it('hold up to four secrets at once, each for its time', () => {
    const { endpoint: { id }, secret } = files.create({ url });
    const second = files.rotate(id, 60_000).secret;
    expect(validSecrets(files.get(id), Date.now())).toEqual([second, secret]);
    expect(validSecrets(files.get(id), Date.now() + 61_000)).toEqual([second]);
    const newer = [1, 2, 3, 4].map(() => files.rotate(id, 60_000).secret);
    expect(validSecrets(files.get(id), Date.now())).toEqual(newer.toReversed());
    const last = files.rotate(id, 0).secret;
    expect(validSecrets(files.get(id), Date.now() + 1)).toEqual([last]);
  });

  it('are found by their ids only', () => {
    for (const id of ['', '../identity', 'wh_0123456789ab', 'wh_x']) {
      expect(() => files.get(id)).toThrow(expect.objectContaining({ code: 'not_found' }));
      expect(() => files.remove(id)).toThrow(expect.objectContaining({ code: 'not_found' }));
    }
  });
});

it.each<[string, WebhookInput, string]>([
  ['url', {}, 'either an address or a list of Resque'],
  ['url', { url, resque: { queue: 'q', class: 'C' } }, 'not both'],
  ['url', { url: 'hooks.example' }, 'not an address'],
  ['url', { url: 'ftp://hooks.example/' }, 'neither http nor https'],
  ['url', { url: 'https://me:secret@hooks.example/' }, 'user or password'],
  ['url', { url, format: 'sentry' }, 'key before the host'],
  ['url', { url: 'https://key@sentry.example/', format: 'sentry' }, 'number of the project'],
  ['url', { url: `https://hooks.example/${'x'.repeat(2_000)}` }, '2000 characters'],
  ['format', { url, format: 'teams' }, 'standard, discord, slack'],
  ['format', { resque: { queue: 'q', class: 'C' }, format: 'slack' }, 'as they are'],
  ['events', { url, events: ['chrashed'] }, 'did you mean crashed?'],
  ['events', { url, events: [] }, 'at least one'],
  ['servers', { url, servers: ['a b'] }, 'ids of servers'],
  ['name', { url, name: ' ' }, '1 to 100'],
  ['resque.queue', { resque: { queue: 'a b', class: 'C' } }, 'A-Z a-z'],
  ['resque.class', { resque: { queue: 'q', class: 'not a class' } }, 'Ruby class'],
])('refuses a wrong %s and says what it takes: %j', (field, input, sentence) => {
  expect(() => files.create(input)).toThrow(expect.objectContaining({
    code: 'bad_command',
    message: expect.stringContaining(`${field}: `),
    details: { field },
  }));
  expect(() => files.create(input)).toThrow(sentence);
  expect(hasWebhooks(home)).toBe(false);
});

it.each([
  ['*', 'anything', true],
  ['chat', 'chat', true],
  ['chat', 'chats', false],
  ['crash*', 'crash_loop', true],
  ['*_failed', 'backup_failed', true],
  ['player_*connected', 'player_disconnected', true],
  ['a*a', 'a', false],
  ['a*b*c', 'aXbYc', true],
  ['a*b*c', 'aXcYb', false],
  [`${'*a'.repeat(30)}b`, 'a'.repeat(60), false],
])('reads the pattern %s: has it %s? %s', (pattern, name, has) => {
  expect(fits([pattern], name)).toBe(has);
});

it('wants an event only if type and server fit', () => {
  const filter = { events: ['crash*', 'stopped'], servers: ['lobby-*'] };
  expect(wantsEvent(filter, 'crashed', 'lobby-1')).toBe(true);
  expect(wantsEvent(filter, 'crashed', 'world')).toBe(false);
  expect(wantsEvent(filter, 'chat', 'lobby-1')).toBe(false);
});

it('shows no address with what is secret in it', () => {
  const discord = 'https://discord.com/api/webhooks/1/secret';
  expect(shownAddress({ url: discord, format: 'discord' })).toBe('https://discord.com/…');
  expect(shownAddress({ url: 'https://key@sentry.example/42', format: 'sentry' })).toBe('https://sentry.example/42');
  expect(shownAddress({ url: 'https://a.example/x?token=1', format: 'standard' })).toBe('https://a.example/x?…');
  expect(shownAddress({ resque: { queue: 'brain', class: 'Event' }, format: 'standard' })).toBe('resque:brain (Event)');
});
