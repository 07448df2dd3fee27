import { Mask, PinkyError, plainNames, secretValues, shownSchema, shownSettings } from '../../src/index.js';

const schema = {
  motd: { type: 'string', default: 'hello' },
  door: { type: 'string', secret: true, default: 'open-sesame' },
  keys: { type: 'list', secret: true },
  token: { type: 'string', secret: false },
} as const;

describe('the secrets of a server', () => {
  it('are the settings that its funpack calls so, and those whose name says it', () => {
    const settings = { motd: 'hi', door: 'x', token: 't', rconPassword: 'p' };
    expect(plainNames(settings, schema)).toEqual(['motd', 'token']);
    expect(shownSettings({ settings }, schema))
      .toEqual({ motd: 'hi', door: '••••••', token: 't', rconPassword: '••••••' });
  });

  it('are all settings of a server whose funpack nobody has, but those that were known', () => {
    const settings = { motd: 'hi', door: 'x', later: 'y' };
    expect(shownSettings({ settings, plain: ['motd'] }, undefined))
      .toEqual({ motd: 'hi', door: '••••••', later: '••••••' });
  });

  it('show no default in a schema', () => {
    expect(shownSchema(schema)).toMatchObject({ motd: { default: 'hello' }, door: { type: 'string', secret: true } });
    expect(shownSchema(schema)['door']).not.toHaveProperty('default');
  });

  it('are values of text and number, in lists too, but not a default, which everybody knows', () => {
    const settings = { motd: 'hi', door: 'open-sesame', keys: ['one-key', 'two-key'], rconPassword: 123_456 };
    expect(secretValues(settings, schema)).toEqual(['one-key', 'two-key', '123456']);
  });
});

describe('a mask', () => {
  const mask = new Mask(['hunter2', 'hunter2-long', 'q"uote', 'abc']);

  it('takes secrets out of texts, the longer one first, and as JSON writes them', () => {
    expect(mask.text('a hunter2 b hunter2-long c')).toBe('a *** b *** c');
    expect(mask.text(JSON.stringify({ said: 'q"uote' }))).toBe('{"said":"***"}');
  });

  it('writes over bytes, which stay as many', () => {
    expect(mask.blacken(Buffer.from('is it hunter2? hunter2-long!')).toString()).toBe('is it *******? ************!');
  });

  it('leaves a value of fewer than four characters, which would blacken every line', () => {
    expect(mask.text('abcdef')).toBe('abcdef');
  });

  it('reaches every text of a value, and leaves what is no text', () => {
    const event = { type: 'chat', lines: ['is it hunter2?', 7], at: { deep: 'hunter2' }, ok: true };
    expect(mask.deep(event)).toEqual({ type: 'chat', lines: ['is it ***?', 7], at: { deep: '***' }, ok: true });
    expect(new Mask().deep(event)).toBe(event);
  });

  it('keeps the code and the way out of an error, and drops the cause, which may hold the secret', () => {
    const cause = new Error('hunter2');
    const error = new PinkyError('prepare_failed', 'bad line: hunter2', { cause, details: { lines: ['hunter2'] } });
    const shown = mask.error(error) as PinkyError;
    expect(shown).toMatchObject({ code: 'prepare_failed', details: { lines: ['***'] }, remedy: error.remedy });
    expect([shown.message, shown.cause]).toEqual(['bad line: ***', undefined]);
    const plain = new PinkyError('prepare_failed', 'all is well');
    expect(mask.error(plain)).toBe(plain);
  });
});
