import { completed, Recall } from '../src/console/recall.js';

it('goes back through the lines that were sent, and forward to what was being written', () => {
  const recall = new Recall();
  for (const line of ['list', 'list', 'say hi']) recall.add(line);
  expect([recall.older('dra'), recall.older(''), recall.older('')]).toEqual(['say hi', 'list', undefined]);
  expect([recall.newer(), recall.newer(), recall.newer()]).toEqual(['say hi', 'dra', undefined]);
});

it('completes the last word to a player', () => {
  const players = ['Ann', 'bob', 'anna'];
  expect(completed('kick an', players)).toBe('kick Ann');
  expect(completed('kick Ann', players)).toBe('kick anna');
  expect([completed('kick zed', players), completed('kick ', players), completed('', players)])
    .toEqual([undefined, undefined, undefined]);
});
