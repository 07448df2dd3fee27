/** The consoles of a box as its files have them, for processes that show them. A worker needs none of this. */
export { Change } from './change.js';
export { consolePieces, hasConsole, newestRun, sizeOf, type ConsoleBox, type Piece } from './pieces.js';
export { readPiece } from './read-piece.js';
