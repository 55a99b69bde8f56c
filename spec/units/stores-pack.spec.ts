import { begin, finish, firstNumber, open, packKey, putCount, putNumber, putText, takeCount, takeNumber, takeText, unpackKey } from '../../lib/stores/memory/pack';

const bytes = (length: number): string => 'AbC-'.repeat(length / 4);

describe('records in memory', () => {
  it.each([
    ['', 0],
    ['AbC_', 3],
    ['AbC_AbC-', 6],
    ['-Q', 1],
    ['_bE', 2],
    ['AbC_-w', 4],
    ['AbC_A-8', 5],
    [bytes(512), 384],
  ])('have keys as short as the bytes that %j stands for', (text, length) => {
    expect(packKey(text)).toHaveLength(length);
    expect(unpackKey(packKey(text))).toBe(text);
  });

  it.each(['A', 'AbC_A', '-R', '_bF', 'a b c', '+Q', '_+E', 'AbC_ Q', 'Zoë', 'ab=', bytes(516)])('have the text itself as the key where it stands for no bytes: %j', (text) => {
    expect(packKey(text)).toBe(`\u0100${text}`);
    expect(unpackKey(packKey(text))).toBe(text);
  });

  it('give back what was put, in the order of the puts', () => {
    const counts = [0, 1, 126, 127, 128, 129, 16_383, 16_384, 2 ** 40];
    const texts = ['', 'AbC_', undefined, 'a b', 'Zoë 😀', bytes(512), '-R', 'x '.repeat(3)];
    begin();
    putNumber(1.5);
    putNumber(undefined);
    for (const count of counts) putCount(count);
    for (const text of texts) putText(text);
    const record = finish();
    expect(firstNumber(record)).toBe(1.5);
    open(record);
    expect([takeNumber(), takeNumber()]).toEqual([1.5, undefined]);
    expect(counts.map(takeCount)).toEqual(counts);
    expect(texts.map(takeText)).toEqual(texts);
  });

  it.each([1, 7, 8, 11, 12, 13, 31, 32, 63, 64, 65, 512, 513])('may hold a text of %d characters, whatever they are', (length) => {
    const texts = ['a', ' ', '\x7f', '\x80', 'é', '€'].flatMap((last) => [`${'a'.repeat(length - 1)}${last}`, last.repeat(length)]);
    begin();
    for (const text of texts) putText(text);
    putText('the end');
    open(finish());
    expect([...texts, 'the end'].map(takeText)).toEqual([...texts, 'the end']);
  });

  it('take for a token or an id three quarters of its length', () => {
    begin();
    putText(bytes(32));
    expect(finish()).toHaveLength(1 + 24);
  });

  it.each([[127, 1], [128, 2], [16_383, 2], [16_384, 3]])('take for the count %d no more bytes than they must: %d', (count, length) => {
    begin();
    putCount(count);
    expect(finish()).toHaveLength(length);
  });

  it('may hold a text of any length, behind others', () => {
    const texts = ['first', '€ '.repeat(4000), '€ '.repeat(90_000), 'last'];
    begin();
    for (const text of texts) putText(text);
    open(finish());
    expect(texts.map(takeText)).toEqual(texts);
  });

  it('may be longer than any that was written before', () => {
    const text = 'x'.repeat(3_000_000);
    begin();
    putCount(text.length * 4 + 2);
    open(finish() + text);
    expect(takeText()).toBe(text);
  });
});
