import { distributionDefaults } from '@pinky/protocol';
import type { CommandSpec } from '../../command-line/specs.js';

const commands = () => import('./commands.js');

/** Commands about packs on their way to several boxes. */
export const distributionSpecs: readonly CommandSpec[] = [
  {
    name: 'distribute',
    args: '<url>',
    means: 'bring a funpack to several boxes on the same Redis, wave by wave; returns once it has begun',
    more: 'Each box fetches it into its cache by itself and looks at the checksum. A box that is away gets it when ' +
      'it is back. A box that fails holds up no other; where a whole wave fails, nothing more is begun.',
    flags: [
      { flag: '--sha256 <hex>', means: 'the SHA-256 that the archive must have' },
      { flag: '--md5 <hex>', means: 'its MD5, where the publisher tells only that' },
      { flag: '--boxes <names>', means: 'the boxes, in this order, as in a,b,c' },
      { flag: '--group <name>', means: 'a group of boxes, from `groups` in pinky.yml' },
      { flag: '--wave <count>', means: `how many boxes fetch at once; default ${distributionDefaults.waveSize}` },
      {
        flag: '--enough <percent>',
        means: 'how much of a wave must be over before the next one begins; default ' +
          `${distributionDefaults.enoughPercent}`,
      },
      { flag: '--most-failures <count>', means: 'begin nothing more once more boxes than these have failed' },
    ],
    examples: [
      'pinky distribute https://packs.example.org/game-2.tar.gz --sha256 $(cat game-2.sha256) --group eu',
      'pinky distribute s3://packs/game-2.tar.gz --md5 $(cat game-2.md5) --boxes box-1,box-2 --wave 1',
    ],
    load: async () => (await commands()).distribute,
  },
  {
    name: 'distributions',
    args: '[id]',
    means: 'list the distributions that this box was asked for, or one of them box by box',
    more: 'With an id it exits with 1 if a box has failed.',
    examples: ['pinky distributions', "pinky distributions d1a2b3c4d5e6 --json | jq '.boxes[].state'"],
    load: async () => (await commands()).list,
  },
  {
    name: 'distribution cancel',
    args: '<id>',
    means: 'end a distribution: what no box has begun is taken back, and a transfer that is under way ends by itself',
    examples: ['pinky distribution cancel d1a2b3c4d5e6'],
    load: async () => (await commands()).cancel,
  },
];
