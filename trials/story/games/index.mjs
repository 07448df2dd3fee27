import { emberhollow } from './emberhollow.mjs';
import { luanti } from './luanti.mjs';
import { minecraft } from './minecraft.mjs';
import { openttd } from './openttd.mjs';

/**
 * The games of the story. Each says:
 * `name` (the funpack's), `title`, `funpack` (a folder), `settings`; `join` (see ../../players); `chatLine(message)`:
 * what a player types to say it;
 * `speaksByItself`: whether a player can talk while Pinky is away; `noticesDeath`: whether one sees at once that the
 * game died;
 * `mark`: a change that a player makes, in words; `leaveMark(stage)` makes it, `findMark(stage)` throws where it is not
 * there;
 * `howToJoin(port)`: for people.
 */
export const games = { emberhollow, luanti, minecraft, openttd };
