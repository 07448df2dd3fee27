import { join as pathOf } from 'node:path';
import { join } from '../../players/telnet.mjs';
import { root } from '../box.mjs';

const sign = 'Alice was here';

export const emberhollow = {
  name: 'emberhollow',
  title: 'Emberhollow',
  funpack: pathOf(root, 'funpacks/emberhollow'),
  settings: { motd: 'Welcome to the story.' },
  join,
  speaksByItself: true,
  noticesDeath: true,
  chatLine: (message) => `say ${message}`,
  howToJoin: (port) => `nc 127.0.0.1 ${port}  (or telnet; apt-get install netcat-openbsd brings nc)`,
  mark: 'a sign in the forest',
  async leaveMark({ alice }) {
    for (const line of ['north', 'gather 2 wood', 'craft plank', `build sign ${sign}`]) await alice.say(line);
    await alice.heard('You build a wooden sign');
  },
  /** A player who comes back stands where they left, and sees what is there. */
  async findMark({ alice }) {
    await alice.heard(`It says: "${sign}"`);
    return `"${sign}", in the place where alice left`;
  },
};
