import { hrefOf, routeOf } from '../src/address.js';
import { textIn } from '../src/files/text-in.js';

const bytes = (...values: number[]): ArrayBuffer => Uint8Array.from(values).buffer;

it('takes UTF-8 for a text, and leaves its mark where it is', () => {
  expect(textIn(bytes())).toBe('');
  expect(textIn(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe('\uFEFFa');
  expect(textIn(bytes(0xc3, 0xa4))).toBe('ä');
  expect(textIn(bytes(0x61, 0x00))).toBeUndefined();
  expect(textIn(bytes(0xe4))).toBeUndefined();
});

it('has in the address which file is open, whatever its name', () => {
  const path = ['world', 'a b#c%?', 'ä'];
  expect(routeOf(hrefOf('s1', 'files', path))).toEqual({ page: 'server', serverId: 's1', tab: 'files', rest: path });
  expect(routeOf('#/servers/s1/files/world/')).toMatchObject({ rest: ['world', ''] });
  expect(routeOf('#/servers/s1/files/50%')).toMatchObject({ rest: ['50%'] });
  expect(routeOf('#/servers/s1/unknown')).toMatchObject({ tab: 'console', rest: [] });
});
