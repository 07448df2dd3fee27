// Ends and removes what a bench that was killed has left: `node bench/lib/remove-leftovers.mjs FOLDER`.
import { removeAll } from './leftovers.mjs';

removeAll(process.argv[2]);
