import { unitFile } from '../systemd/unit-file.js';

/** The unit that would be written for a Pinky in /opt/pinky. */
export const unitText = (): string =>
  [
    '```ini',
    unitFile({
      unit: 'pinky',
      node: '/usr/bin/node',
      pinky: '/opt/pinky/packages/cli/bin/pinky',
      supervisor: '/opt/pinky/packages/box/dist/program/main.js',
      home: '/var/lib/pinky',
      configFile: undefined,
      environmentFile: '/etc/default/pinky',
      user: 'pinky',
    }).trimEnd(),
    '```',
  ].join('\n');
