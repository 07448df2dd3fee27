export { run } from './command-line/run.js';
export type { Invocation } from './command-line/context.js';
export { withTables } from './docs/markdown.js';
export { manPage } from './docs/man-page.js';
export { docTables } from './docs/tables.js';
