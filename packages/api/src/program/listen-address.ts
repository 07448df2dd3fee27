import { errnoOf } from '@pinky/protocol';

/** How many ports behind the configured one are tried. */
const mostTries = 200;

/** Listens on the port, or the next one that is free. `listen` throws EADDRINUSE for one that is taken. */
export async function listenOnFree(port: number, listen: (port: number) => Promise<void>): Promise<number> {
  for (let tried = port; ; tried += 1) {
    try {
      await listen(tried);
      return tried;
    } catch (error) {
      const isLast = tried === 0 || tried >= Math.min(65_535, port + mostTries);
      if (errnoOf(error) !== 'EADDRINUSE' || isLast) throw error;
    }
  }
}
