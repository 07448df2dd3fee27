import type { Reply, Request } from './app.js';

/** One page of a list in stable order, with a Link to the next one. `keyOf` names an item for ever. */
export function pageOf<T>(
  request: Request,
  reply: Reply,
  items: readonly T[],
  { limit, after, keyOf }: { limit: number; after: string | undefined; keyOf: (item: T) => string },
): T[] {
  const from = after === undefined ? 0 : items.findIndex((item) => keyOf(item) === after) + 1;
  const found = items.slice(from, from + limit);
  const last = found.at(-1);
  if (last !== undefined && from + limit < items.length) {
    const [path = '', query = ''] = request.url.split('?', 2);
    const next = new URLSearchParams(query);
    next.set('after', keyOf(last));
    void reply.header('link', `<${path}?${next.toString()}>; rel="next"`);
  }
  return found;
}
