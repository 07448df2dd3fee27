import { join as pathOf } from 'node:path';
import { join } from '../../players/luanti.mjs';
import { root } from '../box.mjs';

export const luanti = {
  name: 'luanti',
  title: 'Luanti',
  funpack: pathOf(root, 'funpacks/luanti'),
  // The player's client runs a mod, talks faster than people do, and must be allowed to set a home.
  settings: {
    bindAddress: '127.0.0.1',
    clientMods: true,
    chatLimit: 1000,
    defaultPrivs: 'interact, shout, home',
  },
  join,
  speaksByItself: false,
  noticesDeath: false,
  chatLine: (message) => message,
  howToJoin: (port) => `Luanti or Minetest 5, Join Game, 127.0.0.1, port ${port}`,
  mark: 'a home to return to',
  async leaveMark({ alice }) {
    await alice.say('/sethome');
    await alice.heard('Home set!');
  },
  /** A player without a home gets another answer. */
  async findMark({ alice }) {
    await alice.say('/home');
    return `"${await alice.heard('Teleported to home!')}"`;
  },
};
