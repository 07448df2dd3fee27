import { join, resolve } from 'node:path';
import { supervisorProgram } from '@pinky/box/programs';

/** The programs that a unit starts, of the copy of Pinky that this command belongs to. */
export const unitPrograms = (): { readonly pinky: string; readonly supervisor: string } => ({
  pinky: join(resolve(__dirname, '..', '..'), 'bin', 'pinky'),
  supervisor: supervisorProgram,
});
