import { join as pathOf } from 'node:path';
import { join } from '../../players/minecraft.mjs';
import { root } from '../box.mjs';
import { until } from '@pinky/protocol/testing';
import { expectEqual } from '../expect.mjs';

const version = '1.20.1';

export const minecraft = {
  name: 'minecraft',
  title: 'Minecraft',
  funpack: pathOf(root, 'funpacks/minecraft'),
  settings: {
    version,
    onlineMode: false,
    generator: 'superflat',
    gameMode: 'creative',
    viewDistance: 3,
  },
  join: (how) => join({ ...how, version }),
  speaksByItself: true,
  noticesDeath: true,
  chatLine: (message) => message,
  howToJoin: (port) => `Minecraft ${version}, Multiplayer, Direct Connection, 127.0.0.1:${port}`,
  mark: 'a block dug out',
  async leaveMark(stage) {
    const { bot } = stage.alice;
    stage.hole = bot.entity.position.offset(1, -1, 0).floored();
    const block = await until('the player sees the ground', () => bot.blockAt(stage.hole));
    await bot.dig(block, true);
    await until('the block is gone', () => nameAt(stage, bot) === 'air');
  },
  async findMark(stage) {
    const { bot } = stage.alice;
    await until('the player sees the ground', () => nameAt(stage, bot));
    expectEqual(nameAt(stage, bot), 'air', `the block at ${stage.hole}`);
    return `still nothing at ${stage.hole}`;
  },
};

const nameAt = ({ hole }, bot) => bot.blockAt(hole)?.name;
