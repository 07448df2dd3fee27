// The story that ./scripts/try plays: reads the options, and makes sure that nothing is left behind.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { StoryBox } from './box.mjs';
import { games } from './games/index.mjs';
import { Report } from './report.mjs';
import { Stage } from './stage.mjs';
import { story } from './story.mjs';

const { values } = parseArgs({
  options: { stay: { type: 'boolean', default: false }, game: { type: 'string', default: 'emberhollow' } },
});
const game = games[values.game];
const report = new Report();
const box = new StoryBox(mkdtempSync(join(tmpdir(), 'pinky-try-')));
const stage = new Stage({ box, game, report });

/** The first reason to end: the story's end, its failure, or a signal. */
const outcome = await Promise.race([
  story(stage, values.stay).then(
    () => ({ isWell: true }),
    (failure) => ({ isWell: false, failure }),
  ),
  ...['SIGINT', 'SIGTERM', 'SIGHUP'].map(
    (signal) =>
      new Promise((resolve) => {
        process.once(signal, () => resolve({ isWell: false, signal }));
      }),
  ),
]);

if (outcome.failure) report.failed(outcome.failure, box.lastLines());
if (outcome.signal) report.interrupted(outcome.signal);
if (outcome.isWell && values.stay) {
  await stage.leaveRunning();
} else {
  await stage.close();
  const left = await box.remove();
  if (left.length > 0) report.note(`these had to be killed: ${left.join('; ')}`);
  if (outcome.isWell) outcome.isWell = left.length === 0;
}
if (outcome.isWell) report.done(game.title);
process.exit(outcome.isWell ? 0 : outcome.signal ? 130 : 1);
