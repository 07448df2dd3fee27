import { redisKeys } from '@pinky/protocol';
import { keysOfBox, typeOfKey } from '../../src/refusal/wrong-type.js';

const keys = redisKeys('a_b-1');

it('knows the type of every key of a box', () => {
  const all = Object.values(keys).map((key) => (typeof key === 'string' ? key : key('one')));
  for (const key of [...keysOfBox('a_b-1'), ...all]) {
    if (key !== keys.queue) expect([key, typeOfKey(key)]).toEqual([key, expect.any(String)]);
  }
});

it('knows nothing of a key of a single job, and of other programs', () => {
  for (const key of ['bull:pinky-1:7', 'bull:pinky-1:7:lock', 'bull:mail:wait', 'server:a:b:state', 'events']) {
    expect(typeOfKey(key)).toBeUndefined();
  }
});
