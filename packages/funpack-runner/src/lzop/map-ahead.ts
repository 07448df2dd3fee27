/**
 * Maps a source in its order, with up to `ahead` of its items under way at once. If it ends early it waits for those
 * under way, so that no rejection is left unseen.
 */
export async function* mapAhead<T, R>(
  source: AsyncIterable<T>,
  ahead: number,
  map: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  try {
    for await (const item of source) {
      const mapped = map(item);
      mapped.catch(() => undefined); // thrown when its turn comes
      underWay.push(mapped);
      if (underWay.length >= ahead) yield await next(underWay);
    }
    while (underWay.length > 0) yield await next(underWay);
  } finally {
    await Promise.allSettled(underWay);
  }
}

function next<R>(underWay: Promise<R>[]): Promise<R> {
  const first = underWay.shift();
  if (!first) throw new Error('nothing is under way');
  return first;
}
