import { archiveName } from '../src/create/archive-name.js';

it.each([
  ['dummy.tar.gz', 'dummy.tar.gz', 'dummy'],
  ['Dummy Game (2).TAR.GZ', 'Dummy-Game-2.tar.gz', 'Dummy-Game-2'],
  ['my.game-1.2.zip', 'my.game-1.2.zip', 'my.game-1.2'],
  ['.._höhle.tgz', 'h-hle.tgz', 'h-hle'],
])('%s becomes %s', (file, name, funpack) => expect(archiveName(file)).toEqual({ name, funpack }));

it.each(['dummy.exe', '.tar.gz', 'tar.gz', '---.zip', ''])('%p is no archive', (file) =>
  expect(archiveName(file)).toBeUndefined());
