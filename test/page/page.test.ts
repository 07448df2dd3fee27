import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { chromium, type Browser, type Page } from 'playwright-core';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox, root } from '../box/real-box';

/** Debian's browser. `scripts/test` installs it. */
const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
const reason = hasBrowser ? '' : ' (skipped: there is no /usr/bin/chromium)';
const patience = { timeout: 60_000 };

/** The page in a real browser, on a real box: one visit, in the order in which an owner would go through it. */
(hasBrowser ? describe : describe.skip)(`the page of a box${reason}`, () => {
  const box = new RealBox('api:\n  address: 127.0.0.1:27580\nports: \n  first: 27500\n  step: 1\n  count: 20\n');
  const id = 'emberhollow';
  const complaints: string[] = [];
  let browser: Browser;
  let page: Page;
  let player: Socket | undefined;

  const press = (name: string, exact = true) => page.getByRole('button', { name, exact }).first().click(patience);
  const tab = (name: string) => page.getByRole('tab', { name }).click(patience);
  const sees = (text: string | RegExp) => page.getByText(text).first().waitFor(patience);
  const saved = () => page.locator('.editor [role=status]', { hasText: /^Saved$/ }).waitFor(patience);
  const link = async (): Promise<string> => (await box.pinky(['web'])).answer.link;
  const stateIs = (state: string) =>
    page.locator('.head .state', { hasText: state }).waitFor({ timeout: 60_000 });
  const screenHas = (text: string) =>
    until(`the screen shows ${text}`, async () => (await page.locator('.xterm-rows').innerText()).includes(text));

  beforeAll(async () => {
    assertBuilt();
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });
  afterAll(async () => {
    player?.destroy();
    await browser?.close();
    await box.end();
  });

  it('asks for a token, and lets in who comes by the link', async () => {
    const url = await until('the API is there', link);
    await page.goto(new URL('/', url).href);
    await sees('Log in');
    complaints.length = 0; // the browser itself tells of the 401
    await page.goto(url);
    await sees('No server yet.');
  });

  it('makes a server out of an installed game, and shows its console', async () => {
    await page.getByRole('link', { name: 'New' }).click();
    await press('emberhollow', false);
    await press('Start');
    await stateIs('up');
    await screenHas('"event":"started"');
  });

  it('writes a line to the game', async () => {
    const line = page.getByLabel('Line to the game');
    await line.fill('save');
    await line.press('Enter');
    await screenHas('world saved');
    await line.press('ArrowUp');
    expect(await line.inputValue()).toBe('save');
  });

  it('shows a player who comes, and throws him out', async () => {
    player = connect(27_500, '127.0.0.1');
    player.on('error', () => undefined);
    player.write('alice\n');
    await tab('players');
    await page.locator('.cards', { hasText: 'alice' }).waitFor(patience);
    await press('Kick');
    await sees('No player is connected.');
  });

  it('changes a file, and over a file that the game has changed meanwhile only when it is told to', async () => {
    const onDisk = box.file('servers', id, 'working', 'notes.txt');
    await tab('files');
    await page.locator('input[type=file]').setInputFiles({
      name: 'notes.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('one\r\ntwo\r\n'),
    });
    await page.getByRole('link', { name: 'notes.txt', exact: true }).click(patience);
    const text = page.getByLabel('Text of notes.txt');
    await text.fill('one\nthree\n');
    await text.press('Control+s');
    await saved();
    expect(readFileSync(onDisk, 'utf8')).toBe('one\r\nthree\r\n');
    writeFileSync(onDisk, 'the game was here');
    await text.fill('mine');
    await press('Save');
    await page.locator('.conflict', { hasText: 'the game was here' }).waitFor(patience);
    complaints.length = 0; // the browser itself tells of the 412
    await press('Save mine over it');
    await saved();
    expect(readFileSync(onDisk, 'utf8')).toBe('mine');
    await page.getByRole('navigation', { name: 'Folder' }).getByRole('link', { name: id }).click();
    await page.getByLabel('More for notes.txt').click();
    await press('Delete notes.txt');
    await page.getByRole('dialog').getByRole('textbox').fill(id);
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'notes.txt', exact: true }).waitFor({ ...patience, state: 'detached' });
    expect(existsSync(onDisk)).toBe(false);
  });

  it('shows what a server has cost, and why it crashed', async () => {
    process.kill(Number(box.text('servers', `${id}.pid`)), 'SIGKILL');
    await until('it runs again', async () => {
      const { restarts, state } = (await box.pinky(['explain', id])).answer;
      return restarts === 1 && state === 'up';
    });
    const samples = box.file('history', id, 'samples');
    mkdirSync(samples, { recursive: true });
    const seconds = Math.round(Date.now() / 1_000);
    const lines = [90, 60, 30].map((ago) => `${seconds - ago} 12.5 ${2e8 + ago * 1e5} 1\n`);
    appendFileSync(join(samples, 'newest.log'), lines.join(''));
    await tab('graphs');
    await page.locator('.chart canvas').nth(2).waitFor(patience);
    expect(await page.locator('figcaption').allInnerTexts()).toEqual([
      expect.stringMatching(/^Processor .*most \d+ %/),
      expect.stringMatching(/^Memory .*most \d+ MB · limit 1.1 GB/),
      expect.stringMatching(/^Players .*most 1/),
    ]);
    await page.locator('.charts').press('Home');
    await page.locator('.charts p', { hasText: 'UTC' }).waitFor(patience);
    await page.getByRole('link', { name: '7 days' }).click();
    await page.locator('.events', { hasText: 'crashed' }).waitFor(patience);
    await tab('history');
    await page.getByRole('link', { name: /was ended by SIGKILL/ }).click(patience);
    await page.locator('.report pre', { hasText: '"event":"started"' }).waitFor(patience);
    await press('Remove this report');
    await page.getByRole('dialog').getByRole('textbox').fill(id);
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.locator('.crashes').waitFor({ ...patience, state: 'detached' });
    await page.locator('.events', { hasText: 'crashed' }).waitFor(patience);
  });

  it('says of each setting when it applies', async () => {
    await tab('settings');
    const field = (label: string) => page.locator('.field', { hasText: label });
    await field('Message of the day').filter({ hasText: 'Applies at once.' }).waitFor(patience);
    await field('Seconds until a thing').filter({ hasText: 'Applies at the next start.' }).waitFor(patience);
    await page.getByLabel('Message of the day').fill('welcome');
    await press('Save');
    await page.locator('.activities', { hasText: 'Settings of emberhollow: done' }).waitFor(patience);
    await page.reload();
    await field('Message of the day').waitFor(patience);
    expect(await page.getByLabel('Message of the day').inputValue()).toBe('welcome');
  });

  it('has something done by the clock, in words', async () => {
    await tab('schedule');
    await page.getByLabel('at', { exact: true }).fill('04:30');
    await page.getByLabel('Time zone').fill('Europe/Berlin');
    await press('Add');
    const row = page.locator('.schedules li', { hasText: 'Every day at 04:30' });
    await row.filter({ hasText: 'restart; players are warned 10 min, 5 min, 1 min before' }).waitFor(patience);
    await row.getByRole('button', { name: /Pause/ }).click();
    await row.filter({ hasText: 'Paused.' }).waitFor(patience);
    expect((await box.pinky(['schedule', 'ls'])).answer.schedules).toMatchObject([
      { when: '30 4 * * *', tz: 'Europe/Berlin', do: ['restart'], isPaused: true },
    ]);
    await row.getByRole('button', { name: /Change/ }).click();
    const form = page.getByRole('form', { name: 'Change the schedule' });
    expect(await form.getByLabel('at', { exact: true }).inputValue()).toBe('04:30');
    const [{ id: schedule }] = (await box.pinky(['schedule', 'ls'])).answer.schedules;
    await box.pinky(['schedule', 'edit', schedule, '--when', '15 5 * * *']); // somebody else was quicker
    await form.getByLabel('at', { exact: true }).fill('06:00');
    await form.getByRole('button', { name: 'Save' }).click();
    const conflict = page.locator('.conflict', { hasText: 'Every day at 05:15' });
    await conflict.waitFor(patience);
    await conflict.getByRole('button', { name: 'Change all the same' }).click();
    await conflict.waitFor({ ...patience, state: 'detached' });
    const remove = () => page.getByRole('button', { name: /Remove: Every day at 06:00/ }).click()
      .then(() => page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click());
    await remove();
    await sees('Nothing is done by the clock yet.');
    await page.getByRole('button', { name: /^Undo: Remove on/ }).click();
    await page.locator('.schedules li', { hasText: 'Every day at 06:00' }).waitFor(patience);
    expect((await box.pinky(['schedule', 'ls'])).answer.schedules).toMatchObject([
      { when: '0 6 * * *', tz: 'Europe/Berlin', warnMs: [600_000, 300_000, 60_000], isPaused: true },
    ]);
    await remove();
    await sees('Nothing is done by the clock yet.');
  });

  it('backs up, and goes back', async () => {
    await tab('backups');
    await press('Back up now');
    const rows = page.locator('.backups li');
    await rows.first().waitFor(patience);
    await rows.first().getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Restore' }).click();
    await page.locator('.activities', { hasText: /Restore .*: done/ }).waitFor({ timeout: 90_000 });
    await stateIs('up');
  });

  it('goes on where it was when the API was killed, also in a second browser', async () => {
    await tab('console');
    await screenHas('"event":"started"');
    const other = await (await browser.newContext()).newPage();
    await other.goto(await link());
    await other.getByRole('link', { name: /emberhollow/ }).first().click();
    await other.locator('.xterm-rows', { hasText: 'started' }).waitFor(patience);
    const { processes } = (await box.pinky(['ps'])).answer;
    const api = processes.find(({ role }: { role: string }) => role === 'api');
    process.kill(api.pid, 'SIGKILL');
    const isBack = () => fetch(`${new URL(page.url()).origin}/healthz`).then(({ ok }) => ok, () => false);
    await until('the API is back', isBack);
    complaints.length = 0; // the browser itself tells of the connections that broke
    for (const each of [page, other]) await each.locator('.screen:not(.lost)').waitFor(patience);
    await page.getByLabel('Line to the game').fill('list');
    await page.getByLabel('Line to the game').press('Enter');
    for (const each of [page, other])
      await each.locator('.xterm-rows', { hasText: 'players_list' }).waitFor(patience);
    await other.close();
  });

  it('fits a telephone', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    const wider = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    for (const name of ['players', 'graphs', 'backups', 'files', 'settings', 'schedule', 'history', 'console']) {
      await tab(name);
      await page.locator(`section[aria-label=${name}]`).waitFor(patience);
      expect([name, await page.evaluate(wider)]).toEqual([name, 0]);
    }
    await page.getByRole('link', { name: 'Back to the list' }).click();
    await page.getByRole('link', { name: /emberhollow/ }).waitFor(patience);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('takes a game from this computer only if it is the promised one, and makes a server of it', async () => {
    const pack = box.file('upload');
    mkdirSync(join(pack, 'tiny'), { recursive: true });
    const run = ['sh', '-c', 'echo \'{"event":"started"}\'; read line'];
    writeFileSync(join(pack, 'tiny/funpack.json'), JSON.stringify({ name: 'Tiny', version: '1', run }));
    execFileSync('tar', ['czf', join(pack, 'my tiny.tar.gz'), '-C', pack, 'tiny']);
    const sum = createHash('sha256').update(readFileSync(join(pack, 'my tiny.tar.gz'))).digest('hex');
    await page.getByRole('link', { name: 'New' }).click();
    const form = page.getByRole('form', { name: 'Upload a game' });
    await form.locator('input[type=file]').setInputFiles(join(pack, 'my tiny.tar.gz'));
    await form.getByLabel('SHA-256').fill('0'.repeat(64));
    await form.getByRole('button', { name: 'Upload' }).click();
    await form.getByRole('alert').filter({ hasText: `This file has the SHA-256 ${sum}` }).waitFor(patience);
    expect(existsSync(box.file('funpacks'))).toBe(false);
    await form.getByLabel('SHA-256').fill(sum.toUpperCase());
    await form.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'New Tiny' }).waitFor(patience);
    expect(readdirSync(box.file('funpacks'))).toEqual(['my-tiny.tar.gz']);
    await press('Start');
    await stateIs('up');
    await press('Stop');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await stateIs('down');
    await press('Start');
    await stateIs('up');
    await press('Kill');
    await page.getByRole('dialog').getByRole('textbox').fill('my-tiny');
    await page.getByRole('dialog').getByRole('button', { name: 'Kill' }).click();
    await stateIs('down');
  });

  it('keeps the theme that was chosen', async () => {
    const scheme = 'getComputedStyle(document.documentElement).colorScheme';
    await page.getByLabel('Theme').selectOption('dark');
    expect(await page.evaluate(scheme)).toBe('dark');
    await page.reload();
    await page.getByLabel('Theme').waitFor(patience);
    expect(await page.evaluate(scheme)).toBe('dark');
  });

  it('stops the server after a question', async () => {
    await page.getByRole('link', { name: /emberhollow/ }).first().click();
    await press('Stop');
    await page.getByRole('dialog').getByRole('button', { name: 'Stop' }).click();
    await stateIs('down');
  });

  it('is small before a console or a graph opens', () => {
    const dist = join(root, 'packages/web/dist');
    const first = readdirSync(dist).filter((name) => !/^(terminal|chart)-/.test(name));
    expect(first).toContain('main.js');
    expect(gzipSync(first.map((name) => readFileSync(join(dist, name), 'utf8')).join('')).length).toBeLessThan(60_000);
  });

  it('has said nothing in the browser’s own console', () => {
    expect(complaints).toEqual([]);
  });
});
