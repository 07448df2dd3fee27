import { appendFileSync, existsSync, readdirSync } from 'node:fs';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from '../box/real-box';

const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
const reason = hasBrowser ? '' : ' (skipped: there is no /usr/bin/chromium)';
const patience = { timeout: 60_000 };
const tabs = ['console', 'players', 'graphs', 'backups', 'files', 'settings', 'schedule', 'history'];

/** The page for those who cannot see it well, or use no mouse, and with a game that says very much. */
(hasBrowser ? describe : describe.skip)(`the page for everybody${reason}`, () => {
  const box = new RealBox('api:\n  address: 127.0.0.1:27581\nports: \n  first: 27530\n  step: 1\n  count: 9\n');
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    assertBuilt();
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    const { link } = (await box.pinky(['web'])).answer; // it waits for the API, which `up` does not
    expect(await box.pinky(['start', 'lobby', '--funpack', 'emberhollow'])).toMatchObject({ code: 0 });
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    await page.goto(link);
    await page.getByRole('link', { name: /lobby/ }).first().waitFor(patience);
  });
  afterAll(async () => {
    await browser?.close();
    await box.end();
  });

  /** The faults that axe finds on the page as it is now. */
  const faults = async (): Promise<unknown[]> => {
    await page.evaluate(axe.source);
    const { violations } = (await page.evaluate('axe.run(document)')) as axe.AxeResults;
    return violations.map(({ id, nodes }) => ({ id, where: nodes.map(({ html }) => html.slice(0, 200)) }));
  };

  it.each([['light', 360], ['dark', 1280]] as const)(
    'has no fault that axe knows, %s and %i wide',
    async (theme, width) => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme: theme });
      for (const name of tabs) {
        await page.goto(`${new URL(page.url()).origin}/#/servers/lobby/${name}`);
        await page.locator(`section[aria-label=${name}]`).waitFor(patience);
        expect([name, await faults()]).toEqual([name, []]);
      }
      for (const [where, seen] of [['#/new', '.packs button'], ['#/', '.rail li']] as const) {
        await page.goto(`${new URL(page.url()).origin}/${where}`);
        await page.locator(seen).first().waitFor(patience);
        expect([where, await faults()]).toEqual([where, []]);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    },
  );

  /** Tab until the name of what has the focus is this one. */
  const goTo = async (name: RegExp): Promise<void> => {
    const focused = '(document.activeElement.getAttribute("aria-label") ?? document.activeElement.innerText).trim()';
    const passed: string[] = [];
    for (let press = 0; press < 80; press++) {
      await page.keyboard.press('Tab');
      passed.push(String(await page.evaluate(focused)));
      if (name.test(passed.at(-1) ?? '')) return;
    }
    throw new Error(`80 times Tab led to ${passed.join(', ')}, and not to ${name.source}`);
  };

  it('is used by the keys alone: search, open, write to the game, look at the backups, stop', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/`);
    await page.locator('.rail li').first().waitFor(patience);
    await page.keyboard.press('/');
    await page.keyboard.type('lob');
    await goTo(/^lobby/);
    await page.keyboard.press('Enter');
    await page.locator('.xterm-rows', { hasText: 'started' }).waitFor(patience);
    await goTo(/^Line to the game$/);
    await page.keyboard.type('save');
    await page.keyboard.press('Enter');
    await page.locator('.xterm-rows', { hasText: 'world saved' }).waitFor(patience);
    await page.reload();
    await page.locator('.xterm-rows', { hasText: 'world saved' }).waitFor(patience);
    await goTo(/^backups$/i);
    await page.keyboard.press('Enter');
    await page.locator('section[aria-label=backups]').waitFor(patience);
    await page.reload();
    await page.locator('section[aria-label=backups]').waitFor(patience);
    await goTo(/^Stop$/);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor(patience);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ ...patience, state: 'detached' });
  });

  it('shows the end of a hundred thousand lines, and takes a line for the game meanwhile', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/servers/lobby/console`);
    await page.locator('.xterm-rows', { hasText: 'started' }).waitFor(patience);
    const runs = box.file('servers', 'lobby', 'runs');
    const console = box.file('servers', 'lobby', 'runs', readdirSync(runs).toSorted().at(-1) ?? '', 'console');
    for (let from = 0; from < 100_000; from += 10_000) {
      const lines = Array.from({ length: 10_000 }, (_, n) => `a line that the game says, number ${from + n}\n`);
      appendFileSync(console, lines.join(''));
    }
    await page.getByLabel('Line to the game').fill('list');
    await page.getByLabel('Line to the game').press('Enter');
    await page.locator('.xterm-rows', { hasText: 'players_list' }).waitFor(patience);
    await until('the last line is there', async () =>
      (await page.locator('.xterm-rows').innerText()).includes('number 99999'));
  });
});
