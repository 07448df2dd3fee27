import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { assertBuilt, RealBox } from '../box/real-box';

describe('the keys of backups', () => {
  const boxes: RealBox[] = [];
  beforeAll(assertBuilt);
  afterAll(() => Promise.all(boxes.map((box) => box.end())));

  const boxWith = (options: string): RealBox => {
    const box = new RealBox(options);
    boxes.push(box);
    return box;
  };
  const prepare = (box: RealBox) => box.pinky(['up', '--prepare']);
  const refused = (words: string): object => ({
    answer: { error: { code: 'bad_option', message: expect.stringContaining(words) } },
  });

  it('have to be kept elsewhere before a box encrypts with them', async () => {
    const box = boxWith('backup: {encrypt: yes}\n');
    expect(await prepare(box)).toMatchObject(refused('this box has no key; `pinky backups key new` makes one'));
    const { fingerprint } = (await box.pinky(['backups', 'key', 'new'])).answer;
    expect(await prepare(box)).toMatchObject(refused(`the key ${fingerprint} was never exported`));
    const file = box.file('elsewhere.txt');
    expect(await box.pinky(['backups', 'key', 'export', file])).toMatchObject({ code: 0, answer: { fingerprint } });
    expect([readFileSync(file, 'utf8').includes(fingerprint), statSync(file).mode & 0o777]).toEqual([true, 0o600]);
    expect(await prepare(box)).toMatchObject({ code: 0 });
    expect(JSON.parse(box.text('effective.json'))).toMatchObject({ backup: { isEncrypted: true } });

    const fresh = boxWith('backup: {encrypt: yes}\n');
    expect(await fresh.pinky(['backups', 'key', 'import', file])).toMatchObject({ code: 0, answer: { fingerprint } });
    expect(await prepare(fresh)).toMatchObject({ code: 0 });
  });

  it('are refused where they are none', async () => {
    const box = boxWith('');
    writeFileSync(box.file('wrong'), 'pinky-backup-key-1:00');
    for (const args of [['import', box.file('wrong')], ['destroy']]) {
      const { answer } = await box.pinky(['backups', 'key', ...args]);
      expect(answer).toMatchObject({ error: { code: 'bad_command' } });
    }
    expect(await box.pinky(['backups', 'key', 'export'])).toMatchObject({ answer: { error: { code: 'not_found' } } });
  });
});
