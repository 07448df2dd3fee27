import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { until } from '@pinky/protocol/testing';
import { assertBuilt, RealBox } from '../box/real-box';

const executablePath = '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);
const reason = hasBrowser ? '' : ' (skipped: there is no /usr/bin/chromium)';
const patience = { timeout: 60_000 };

/** The rail of servers of a box with a hundred of them, whose figures the test makes up. */
(hasBrowser ? describe : describe.skip)(`the list of a hundred servers${reason}`, () => {
  const box = new RealBox('api:\n  address: 127.0.0.1:27583\n');
  let browser: Browser;
  let page: Page;
  let cpuPercent = 1;

  const look = () => page.evaluate('document.dispatchEvent(new Event("visibilitychange"))');
  const row = (id: string) => page.locator('.rail li', { has: page.getByText(id, { exact: true }) });
  const isDrawn = (id: string) =>
    row(id).locator('.name').evaluate((name) => name.checkVisibility({ contentVisibilityAuto: true }));

  beforeAll(async () => {
    assertBuilt();
    expect(await box.pinky(['up', '--daemonize'])).toMatchObject({ code: 0 });
    const { link } = (await box.pinky(['web'])).answer; // it waits for the API, which `up` does not
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    page = await browser.newPage();
    await page.route('**/v1/servers?*', (route) => route.fulfill({
      json: {
        servers: Array.from({ length: 100 }, (_, n) => ({
          serverId: `s${n}`,
          game: 'emberhollow',
          state: 'up',
          wanted: 'up',
          players: [],
          cpuPercent,
        })),
      },
    }));
    await page.goto(link);
    await row('s99').waitFor(patience);
  });
  afterAll(async () => {
    await browser?.close();
    await box.end();
  });

  it('spends nothing on rows out of sight, and keeps their room', async () => {
    expect([await isDrawn('s0'), await isDrawn('s99')]).toEqual([true, false]);
    const height = await page.locator('.rail').evaluate((rail) => rail.scrollHeight);
    await row('s99').scrollIntoViewIfNeeded(patience);
    await until('it is drawn', () => isDrawn('s99'));
    expect(await isDrawn('s0')).toBe(false);
    expect(Math.abs(await page.locator('.rail').evaluate((rail) => rail.scrollHeight) - height)).toBeLessThan(100);
  });

  it('shows new figures in every row, also in those that were out of sight', async () => {
    cpuPercent = 42;
    await look();
    for (const id of ['s99', 's0']) {
      await row(id).scrollIntoViewIfNeeded(patience);
      await row(id).filter({ hasText: '42 %' }).waitFor(patience);
    }
  });

  it('chooses several servers, each by its own box', async () => {
    for (const id of ['s0', 's2']) await page.getByLabel(`Choose ${id}`, { exact: true }).check(patience);
    await page.getByText('2 chosen').waitFor(patience);
    await page.getByLabel('Choose s0', { exact: true }).uncheck();
    await page.getByText('1 chosen').waitFor(patience);
  });
});
