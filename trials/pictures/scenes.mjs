/** Opens a tab of a server. */
async function open(page, server, tab) {
  await page.goto(`${new URL(page.url()).origin}/#/servers/${server}/${tab}`);
  await page.locator(`section[aria-label=${tab}]`).waitFor();
}

const opened = (server, tab, seen) => async (page) => {
  await open(page, server, tab);
  await page.locator(seen).first().waitFor();
};

const console_ = opened('lobby', 'console', '.event-mark.chat');

/** Somebody else changes the settings between the look and the change. */
async function settingsConflict(page, stage) {
  await open(page, 'lobby', 'settings');
  const field = page.getByLabel('Message of the day');
  await field.waitFor();
  await stage.pinky('set', 'lobby', 'motd=Welcome, all of you');
  await field.fill('Keep quiet.');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.locator('.conflict').scrollIntoViewIfNeeded();
}

async function scheduleConflict(page, stage) {
  await open(page, 'lobby', 'schedule');
  await page.locator('.schedules li', { hasText: 'at 04:00' }).getByRole('button', { name: /Change/ }).click();
  const { schedules } = await stage.pinky('schedule', 'ls');
  const { id } = schedules.find(({ when }) => when === '0 4 * * *');
  await stage.pinky('schedule', 'edit', id, '--when', '15 5 * * *');
  const form = page.getByRole('form', { name: 'Change the schedule' });
  await form.getByLabel('at', { exact: true }).fill('06:00');
  await form.getByRole('button', { name: 'Save' }).click();
  await page.locator('.conflict').waitFor();
}

async function wrongSum(page, stage) {
  await page.goto(`${new URL(page.url()).origin}/#/new`);
  await page.locator('.pack').first().waitFor();
  const form = page.getByRole('form', { name: 'Upload a game' });
  await form.locator('input[type=file]').setInputFiles(stage.archive());
  await form.getByLabel('SHA-256').fill('0'.repeat(64));
  await form.getByRole('button', { name: 'Upload' }).click();
  await form.getByRole('alert').waitFor();
}

async function crashReport(page) {
  await open(page, 'castle', 'history');
  await page.getByRole('link', { name: /was ended by SIGKILL/ }).click();
  await page.locator('.chart canvas').nth(2).waitFor();
}

/** Each picture of docs/pictures, and how the page comes to show it. Later ones see what earlier ones have changed. */
export const scenes = {
  'console': { show: console_ },
  'telephone': { isNarrow: true, show: console_ },
  'list-telephone': { isNarrow: true, isDark: true, show: async () => undefined },
  'players': { show: opened('lobby', 'players', '.visits li') },
  'graphs': { show: opened('castle', 'graphs', '.chart canvas >> nth=2') },
  'backups-dark': { isDark: true, show: opened('lobby', 'backups', '.backup.pinned') },
  'files': { show: opened('lobby', 'files', '.entries li') },
  'settings': { show: opened('lobby', 'settings', '.field') },
  'schedule': { show: opened('lobby', 'schedule', '.schedules li') },
  'history': { show: opened('lobby', 'history', '.events li') },
  'crash': { show: crashReport },
  'new-server': { show: wrongSum },
  'settings-conflict': { show: settingsConflict },
  'schedule-conflict': { show: scheduleConflict },
};
