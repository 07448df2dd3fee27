import { bundleProgram as bundle } from '../../../supervisor/test/programs/program';

export { scratch } from '../../../supervisor/test/programs/program';

/** Bundles a TypeScript program and everything that it imports into one runnable file. Default folder: this one. */
export const bundleProgram = (name: string, directory: string, folder = __dirname): string =>
  bundle(name, directory, folder);
