import { hasControl, readBasic } from '../../lib/http/basic';

const header = (bytes: string | Buffer): string => `Basic ${Buffer.from(bytes).toString('base64')}`;
const read = (bytes: string | Buffer): readonly (readonly [string, string])[] => readBasic(header(bytes)).map(({ id, secret }) => [id, secret]);

describe('the readings of Basic', () => {
  it.each<[string, readonly (readonly [string, string])[]]>([
    ['c:s', [['c', 's']]],
    ['c:', [['c', '']]],
    ['c:s:t', [['c', 's:t']]],
    ['a b:c d', [['a b', 'c d']]],
    ['a+b:s', [['a b', 's'], ['a+b', 's']]],
    ['c:a%2Bb', [['c', 'a+b'], ['c', 'a%2Bb']]],
    ['a%2Bb:s', [['a+b', 's'], ['a%2Bb', 's']]],
    ['a%3Ab:c+d', [['a:b', 'c d'], ['a%3Ab', 'c+d'], ['a:b', 'c+d']]],
    ['a%3ab:s', [['a:b', 's'], ['a%3ab', 's']]],
    ['c:a%3Ab%zz', [['c', 'a%3Ab%zz'], ['c', 'a:b%zz']]],
    ['a%zz:s', [['a%zz', 's']]],
    ['c:%', [['c', '%']]],
    ['c:%C3%A9', [['c', 'é'], ['c', '%C3%A9']]],
    // A reading that holds a control character is no credential; the others stand.
    ['c:a%0Ab', [['c', 'a%0Ab']]],
    ['é:s', [['é', 's'], ['Ã©', 's']].filter(([id]) => !hasControl(id!)) as [string, string][]],
    [':s', []],
    ['c', []],
    ['a\u0000:s', []],
    ['c:a\nb', []],
  ])('%j', (text, readings) => {
    expect(read(text)).toEqual(readings);
  });

  it('are of Latin-1 where the bytes are no UTF-8', () => {
    expect(read(Buffer.from('caf\xE9:s', 'latin1'))).toEqual([['café', 's']]);
    expect(read(Buffer.from('c:a+\xE9', 'latin1'))).toEqual([['c', 'a é'], ['c', 'a+é']]);
  });

  it.each([
    ['', []], ['Basic', []], ['Basic ', []], ['Bearer YTpi', []], ['xBasic YTpi', []], ['Basic YTpi x', []], ['Basic YTpi=', []], ['Basic YTp', []], ['Basic YTpj_-', []], ['Basic YTo', []],
    ['BASIC   YTpi  ', [{ id: 'a', secret: 'b' }]], ['basic YTo=', [{ id: 'a', secret: '' }]],
  ])('are of well-formed headers alone: %j', (text, readings) => {
    expect(readBasic(text)).toEqual(readings);
  });
});
