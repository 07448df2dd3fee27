import { backTo, hidden, isUntouched, otherNames } from '../src/settings/settings-view.js';

const before = { motd: 'hi', slots: 4, list: ['a'], password: hidden };

it('tells which settings somebody else has changed, also those that came or went', () => {
  expect(otherNames(before, { ...before, list: ['a'] })).toEqual([]);
  expect(otherNames(before, { motd: 'hi', slots: 5, list: ['b'], password: hidden, debug: true }))
    .toEqual(['debug', 'list', 'slots']);
});

it('takes a later state of the definition for the same only where nothing can be overwritten', () => {
  expect(isUntouched(before, { ...before }, { motd: 'mine' })).toBe(true);
  expect(isUntouched(before, { ...before, slots: 5 }, { motd: 'mine' })).toBe(false);
  expect(isUntouched(before, { ...before }, { password: 'mine' })).toBe(false); // it may be another one by now
});

it('goes back to what was there, and offers nothing where that was not shown', () => {
  expect(backTo(before, { motd: 'mine', debug: true })).toEqual({ motd: 'hi', debug: null });
  expect(backTo(before, { motd: 'mine', password: 'mine' })).toBeUndefined();
});
