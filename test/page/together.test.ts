import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from '../box/real-box';

const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
const reason = hasBrowser ? '' : ' (skipped: there is no /usr/bin/chromium)';
const patience = { timeout: 60_000 };
const options = 'api:\n  address: 127.0.0.1:27582\nlimits:\n  disk: 64 MiB\n' +
  'ports: \n  first: 27540\n  step: 1\n  count: 9\n';

/** The page where several people work on one server, and where something is taken back. */
(hasBrowser ? describe : describe.skip)(`two people at one page${reason}`, () => {
  const box = new RealBox(options);
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;
  let other: Page;
  let player: Socket | undefined;

  const open = async (): Promise<Page> => {
    const made = await (await browser.newContext()).newPage();
    made.on('console', (message) => complaints.push(message.text()));
    made.on('pageerror', (error) => complaints.push(error.message));
    const { link } = (await box.pinky(['web'])).answer; // it waits for the API, which `up` does not
    await made.goto(link);
    await made.getByRole('link', { name: /lobby/ }).first().waitFor(patience);
    return made;
  };
  const show = async (at: Page, tab: string): Promise<void> => {
    await at.goto(`${new URL(at.url()).origin}/#/servers/lobby/${tab}`);
    await at.locator(`section[aria-label=${tab}]`).waitFor(patience);
  };
  const press = (at: Page, name: string) => at.getByRole('button', { name, exact: true }).first().click(patience);
  const done = (at: Page, words: string) => at.locator('.activities', { hasText: `${words}: done` }).waitFor(patience);
  const settings = async () => (await box.pinky(['settings', 'lobby'])).answer.settings;
  const faults = async (at: Page): Promise<unknown[]> => {
    await at.evaluate(axe.source);
    const { violations } = (await at.evaluate('axe.run(document)')) as axe.AxeResults;
    return violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html.slice(0, 200)) }));
  };

  /** A game whose password is nobody's business. */
  const secretive = (): void => {
    const pack = join(box.home, 'upload', 'vault');
    mkdirSync(pack, { recursive: true });
    writeFileSync(join(pack, 'funpack.json'), JSON.stringify({
      name: 'Vault',
      version: '1',
      run: ['sh', '-c', 'echo \'{"event":"started"}\'; read line'],
      ports: { query: { protocol: 'udp' } },
      schema: {
        password: { type: 'string', secret: true, label: 'Password' },
        maxPlayers: { type: 'integer', default: 7 },
      },
    }));
    execFileSync('tar', ['czf', join(box.home, 'vault.tar.gz'), '-C', join(box.home, 'upload'), 'vault']);
  };

  beforeAll(async () => {
    assertBuilt();
    secretive();
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    expect(await box.pinky(['start', 'lobby', '--funpack', 'emberhollow'])).toMatchObject({ code: 0 });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await open();
    other = await open();
  });
  afterAll(async () => {
    player?.destroy();
    await browser?.close();
    await box.end();
  });

  it('tells the second one what the first has set, and overwrites nothing unless told to', async () => {
    await Promise.all([show(page, 'settings'), show(other, 'settings')]);
    await page.getByLabel('Message of the day').fill('first');
    await other.getByLabel('Message of the day').fill('second');
    await press(page, 'Save');
    await done(page, 'Settings of lobby');
    await press(other, 'Save');
    const conflict = other.getByRole('alert', { name: 'The settings as they are now' });
    await conflict.filter({ hasText: 'is now first; yours is second' }).waitFor(patience);
    expect(await faults(other)).toEqual([]);
    expect(await settings()).toMatchObject({ motd: 'first' });
    await press(other, 'Save mine all the same');
    await conflict.waitFor({ ...patience, state: 'detached' });
    await until('it is saved', async () => (await settings()).motd === 'second');
  });

  it('saves at once where only something else of the server was changed meanwhile', async () => {
    await show(page, 'players');
    await show(page, 'settings');
    expect(await page.getByLabel('Message of the day').inputValue()).toBe('second');
    await box.pinky(['stop', 'lobby']); // it is wanted down now, which is another state of its definition
    await page.getByLabel('Seconds until a thing').fill('44');
    await press(page, 'Save');
    await done(page, 'Settings of lobby');
    expect(await settings()).toMatchObject({ regrowSeconds: 44 });
  });

  it('takes back a change of settings', async () => {
    await page.getByRole('button', { name: 'Undo: Settings of lobby' }).last().click(patience); // not that of before
    await done(page, 'Undo: Settings of lobby');
    await until('the default holds again', async () => (await settings()).regrowSeconds === undefined);
    expect(await page.getByLabel('Seconds until a thing').inputValue()).toBe('');
  });

  it('says how much space the files take, and takes back a move', async () => {
    await show(page, 'files');
    await page.getByText(/ of 67.1 MB used$/).waitFor(patience);
    const [first = ''] = await page.locator('.entries .name a').allInnerTexts();
    await page.getByLabel(`More for ${first}`).click(patience);
    await press(page, 'Move');
    await page.getByRole('dialog').getByRole('textbox').fill('elsewhere');
    await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
    await page.getByRole('link', { name: 'elsewhere', exact: true }).waitFor(patience);
    await press(page, `Undo: Move ${first}`);
    await page.getByRole('link', { name: first, exact: true }).waitFor(patience);
    await page.getByRole('link', { name: 'elsewhere', exact: true }).waitFor({ ...patience, state: 'detached' });
  });

  it('marks the lines of the console that became events', async () => {
    const { port } = (await box.pinky(['start', 'lobby'])).answer;
    await show(page, 'console');
    await page.locator('.event-mark.state[aria-label^=started]').first().waitFor(patience);
    player = connect(port, '127.0.0.1');
    player.on('error', () => undefined);
    player.write('alice\n');
    await page.locator('.event-mark.join[aria-label*=alice]').waitFor(patience);
    const mark = page.locator('.event-mark.join[aria-label*=alice]');
    const line = page.locator('.xterm-rows > div', { hasText: 'player_connected' }).last();
    const [of, at] = [await mark.boundingBox(), await line.boundingBox()];
    expect(Math.abs((of?.y ?? 0) - (at?.y ?? 99))).toBeLessThan(4);
    expect(of?.x ?? 99).toBeLessThan(at?.x ?? 0);
    expect(await faults(page)).toEqual([]);
  });

  it('says how many players a game takes, and since when one is here', async () => {
    await page.locator('.head', { hasText: '1/32 players' }).waitFor(patience);
    await show(page, 'players');
    await page.locator('.cards li', { hasText: /alice\s*came/ }).waitFor(patience);
  });

  it('shows backups as a time line, and what a restore would lose', async () => {
    await show(page, 'backups');
    await press(page, 'Back up now');
    const day = page.getByRole('region', { name: 'Today' });
    const row = day.locator('li.backup').first();
    await row.waitFor(patience);
    await row.getByRole('button', { name: 'Pin' }).click();
    await day.locator('li.backup.pinned').waitFor(patience);
    await page.getByRole('button', { name: /^Undo: Pin/ }).click(patience);
    await day.locator('li.backup.pinned').waitFor({ ...patience, state: 'detached' });
    const late = connect((await box.pinky(['explain', 'lobby'])).answer.port, '127.0.0.1').on('error', () => undefined);
    late.write('bob\n');
    await page.locator('.head', { hasText: '2/32 players' }).waitFor(patience);
    await row.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('dialog').getByText('Players who came since then: 1.').waitFor(patience); // alice was here
    await page.keyboard.press('Escape');
    late.destroy();
  });

  it('removes a game that was uploaded, but none that a server uses', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/new`);
    const form = page.getByRole('form', { name: 'Upload a game' });
    await form.locator('input[type=file]').setInputFiles(join(box.home, 'vault.tar.gz'));
    await form.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'New Vault' }).waitFor(patience);
    await page.getByLabel('Password').fill('sesame');
    await press(page, 'Start');
    await page.locator('.head .state', { hasText: 'up' }).waitFor(patience);
    await page.goto(`${new URL(page.url()).origin}/#/new`);
    await page.locator('.pack', { hasText: 'up to 7 players · 2 ports: its own, query (udp)' }).waitFor(patience);
    expect(await faults(page)).toEqual([]);
    const remove = async (): Promise<void> => {
      await page.getByRole('button', { name: 'Remove the game vault' }).click(patience);
      await page.getByRole('dialog').getByRole('textbox').fill('vault');
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    };
    await remove();
    await page.getByRole('alert').filter({ hasText: 'vault is used by vault' }).waitFor(patience);
    expect(existsSync(box.file('funpacks', 'vault.tar.gz'))).toBe(true);
  });

  it('shows a secret to one who may change it, and the audit log notes it', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/servers/vault/settings`);
    await page.getByLabel('Password', { exact: false }).first().waitFor(patience);
    expect(await page.locator('.secret code').innerText()).toBe('');
    await press(page, 'Show the value of Password');
    await page.locator('.secret code', { hasText: 'sesame' }).waitFor(patience);
    expect(await faults(page)).toEqual([]);
    await press(page, 'Hide the value of Password');
    await page.locator('.secret code', { hasText: 'sesame' }).waitFor({ ...patience, state: 'detached' });
    const audit = readFileSync(box.file('log', 'audit.log'), 'utf8');
    expect(audit).toContain('/v1/servers/vault/settings/password/reveal');
    expect(audit).not.toContain('sesame');
  });

  it('fits a telephone, and has said nothing in the browser’s own console', async () => {
    const wider = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    await page.setViewportSize({ width: 360, height: 740 });
    await page.emulateMedia({ colorScheme: 'dark' });
    for (const tab of ['settings', 'backups', 'console']) {
      await show(page, tab);
      expect([tab, await page.evaluate(wider), await faults(page)]).toEqual([tab, 0, []]);
    }
    const own = (text: string): boolean => !text.startsWith('Failed to load resource'); // it tells of refusals
    expect(complaints.filter(own)).toEqual([]);
  });
});
