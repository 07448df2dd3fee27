import { available as isThere, makeCreate } from './serverengine/driver.mjs';

export const meta = {
  label: '@pinky/serverengine process',
  kind: 'ours',
  variants: ['default'],
  warm: false,
  stopOne: false,
  captures: true,
  note: 'the bare library, worker type process: one Node worker per game, which starts it again itself',
};
export const available = isThere;
export const create = makeCreate('process');
