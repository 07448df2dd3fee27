import { emberhollow } from './emberhollow.mjs';
import { luanti } from './luanti.mjs';
import { minecraft } from './minecraft.mjs';
import { openttd } from './openttd.mjs';

/**
 * The games of the story. Each has
 * - `name` (of the funpack), `title`, `funpack` (a folder) and `settings`;
 * - `join`, as ../../players describes it, and `chatLine(message)`: what a player types to say it;
 * - `speaksByItself`: a player can talk while Pinky is away;
 * - `noticesDeath`: a player sees at once that the game died;
 * - `mark`: a change that a player makes, in words. `leaveMark(stage)` makes it, `findMark(stage)` throws if it is
 *   missing;
 * - `howToJoin(port)`, for people.
 */
export const games = { emberhollow, luanti, minecraft, openttd };
