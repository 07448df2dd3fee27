import { statSync } from 'node:fs';

/** Whether there is such a file. Throws where a disk or a share fails: then nobody knows. */
export const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined;
