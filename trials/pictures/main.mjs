// Takes the pictures of docs/pictures/. `./scripts/pictures` builds and calls it.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { scenes } from './scenes.mjs';
import { Stage } from './stage.mjs';

const { values } = parseArgs({ options: { only: { type: 'string' }, to: { type: 'string' } } });
const to = resolve(values.to ?? resolve(import.meta.dirname, '../../docs/pictures'));
const names = values.only?.split(',') ?? Object.keys(scenes);
const unknown = names.filter((name) => !(name in scenes));
if (unknown.length > 0) {
  console.error(`no such picture: ${unknown.join(', ')}; there are ${Object.keys(scenes).join(', ')}`);
  process.exit(2);
}

/** A telephone, and a screen. */
const narrow = { width: 360, height: 740 };
const wide = { width: 1280, height: 800 };

const stage = new Stage();
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await stage.fill();
  for (const name of names) {
    const { isNarrow, isDark, show } = scenes[name];
    // a browser of its own: what one picture began, such as a line at the foot, is in no other
    const context = await browser.newContext({
      viewport: isNarrow ? narrow : wide,
      colorScheme: isDark ? 'dark' : 'light',
      timezoneId: 'Europe/Berlin',
      locale: 'en-GB',
    });
    const page = await context.newPage();
    await page.goto(await stage.link());
    await page.locator('.rail li').first().waitFor();
    await show(page, stage);
    await page.screenshot({ path: `${to}/${name}.png`, animations: 'disabled' });
    await context.close();
    console.log(`${to}/${name}.png`);
  }
} finally {
  await browser.close();
  await stage.clear();
}
