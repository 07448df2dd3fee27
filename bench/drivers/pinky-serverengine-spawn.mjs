import { available as isThere, makeCreate } from './serverengine/driver.mjs';

export const meta = {
  label: '@pinky/serverengine spawn',
  kind: 'ours',
  variants: ['default', 'fastest'],
  warm: false,
  stopOne: false,
  captures: true,
  note: 'the bare library, worker type spawn: the games are children of one Node process, their output goes to ' +
    'files; fastest: restartWorkerInterval 0',
};
export const available = isThere;
export const create = makeCreate('spawn');
