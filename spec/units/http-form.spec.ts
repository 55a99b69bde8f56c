import { formOf, parseForm } from '../../lib/http/form';
import { percentDecode } from '../../lib/http/percent';
import { outcome, refusal } from '../support/outcome';

const NOT_UTF8 = refusal('invalid_request', 'The body must be form-encoded UTF-8');
const BRACKETS = refusal('invalid_request', 'Parameter names must not contain brackets');
const once = (name?: string): unknown => refusal('invalid_request', name === undefined ? 'A parameter must stand once, as text' : `The parameter ${name} must stand once, as text`);

describe('form-encoded text', () => {
  it.each<[string, string | undefined]>([
    ['', ''], ['plain', 'plain'], ['a+b', 'a b'], ['+', ' '], ['a++b+', 'a  b '], ['%2B', '+'], ['%2b+%20', '+  '], ['%C3%A9', 'é'], ['é', 'é'], ['%F0%9F%99%82', '🙂'],
    ['%', undefined], ['%4', undefined], ['%zz', undefined], ['a%', undefined], ['%C3', undefined], ['%FF', undefined], ['%ED%A0%80', undefined],
  ])('%j says %j', (text, said) => {
    expect(percentDecode(text)).toBe(said);
  });
});

describe('a form', () => {
  const read = (text: string): unknown => {
    const { params, resources } = parseForm(text);
    return { params: { ...params }, resources };
  };

  it.each<[string, Readonly<Record<string, string | undefined>>, readonly string[]]>([
    ['', {}, []],
    ['&&', {}, []],
    ['a=1&b=2', { a: '1', b: '2' }, []],
    ['&a=1&&b=2&', { a: '1', b: '2' }, []],
    ['a', { a: undefined }, []],
    ['a=', { a: undefined }, []],
    ['=a', { '': 'a' }, []],
    ['a=b=c', { a: 'b=c' }, []],
    ['a%3Db=c%26d', { 'a=b': 'c&d' }, []],
    ['a+b=c+d', { 'a b': 'c d' }, []],
    ['toString=x&__proto__=y', { toString: 'x', ['__proto__']: 'y' }, []],
    ['resource=x&resource=y&resource=x', {}, ['x', 'y', 'x']],
    ['resource=&resource', {}, []],
  ])('%j is read', (text, params, resources) => {
    expect(read(text)).toEqual({ params, resources });
    expect(Object.keys(parseForm(text).params)).toEqual(Object.keys(params));
  });

  it.each<[string, unknown]>([
    ['a=%', NOT_UTF8], ['%=a', NOT_UTF8], ['%', NOT_UTF8], ['a=1&b=%FF', NOT_UTF8], ['%FF=b', NOT_UTF8],
    ['a[]=1', BRACKETS], ['a[b]=1', BRACKETS], ['a%5B0%5D=1', BRACKETS], ['resource[]=x', BRACKETS],
    ['a=1&a=2', once('a')], ['a=1&a=1', once('a')], ['a&a', once('a')], ['a=&a=1', once('a')], ['__proto__=1&__proto__=2', once('__proto__')],
    [`${'n'.repeat(40)}&${'n'.repeat(40)}`, once('n'.repeat(40))],
    // A name that is long or odd is not repeated to whoever reads the answer.
    [`${'n'.repeat(41)}&${'n'.repeat(41)}`, once()],
    ['%3Cb%3E=1&%3Cb%3E=2', once()], ['a%3C=1&a%3C=2', once()], ['%3Ca=1&%3Ca=2', once()], ['=1&=2', once()],
  ])('%j is none', async (text, error) => {
    expect(await outcome(() => parseForm(text))).toEqual(error);
  });
});

describe('what another parser made of a form', () => {
  it('is taken where it is text', () => {
    const { params, resources } = formOf({ a: '1', b: '', resource: ['x', '', 'y'] });
    expect([{ ...params }, resources]).toEqual([{ a: '1', b: undefined }, ['x', 'y']]);
    expect(formOf({ resource: 'x' }).resources).toEqual(['x']);
    expect(formOf({}).resources).toEqual([]);
  });

  it.each<[object, unknown]>([
    [{ a: ['1', '2'] }, once('a')], [{ a: ['1'] }, once('a')], [{ a: { b: '1' } }, once('a')], [{ a: 1 }, once('a')], [{ a: null }, once('a')], [{ resource: [1] }, once('resource')], [{ resource: { a: 'x' } }, once('resource')],
    [{ a: 'x\uFFFD' }, NOT_UTF8], [{ resource: ['x', '\uFFFD'] }, NOT_UTF8],
    [{ 'a[b]': '1' }, BRACKETS],
  ])('is refused where it was guessed: %j', async (parsed, error) => {
    expect(await outcome(() => formOf(parsed))).toEqual(error);
  });
});
