import { backupAndBack } from './chapters/backup-and-back.mjs';
import { beginning } from './chapters/beginning.mjs';
import { gameDies } from './chapters/game-dies.mjs';
import { end, ledger } from './chapters/ledger.mjs';
import { pinkyDies } from './chapters/pinky-dies.mjs';
import { talk } from './chapters/talk.mjs';

/** The whole story. Each chapter leaves the stage as the next one needs it. With `isStaying` the box lives on. */
export async function story(stage, isStaying) {
  await beginning(stage);
  await talk(stage);
  await gameDies(stage);
  await pinkyDies(stage);
  await backupAndBack(stage);
  await ledger(stage);
  if (!isStaying) await end(stage);
}
