import { readFamily, readRevocationPage, readRotationResult, readTokenContent } from '../../lib/stores/answers';
import { judge } from '../../lib/stores/rotation';
import type { Family } from '../../lib/stores/store';

const messageOf = (read: () => unknown): string => {
  try {
    return `no error, but ${JSON.stringify(read())}`;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};
const family: Family = {
  id: 'F1', clientId: 'C1', scopes: ['read'], audience: ['https://api.example'], secret: 'secret', expiresAt: 9000, current: 'now', idleExpiresAt: 5000,
};
const whole: Family = { ...family, userId: 'U1', authTime: 7, accessLifetime: 600, previous: 'before', rotatedAt: 1000 };

describe('what a rotation finds', () => {
  const found = (one: Family | undefined, presented: string, at: number, reuseWindow = 100): string => judge(one, { presented, at, reuseWindow });

  it('is gone where there is none, or it lay idle to its end', () => {
    expect([found(undefined, 'now', 0), found(family, 'now', 4999), found(family, 'now', 5000), found(family, 'now', 5001)]).toEqual(['gone', 'rotated', 'gone', 'gone']);
  });

  it('is a repetition within the window on either side of the last rotation', () => {
    expect([901, 1000, 1099].map((at) => found(whole, 'before', at))).toEqual(['repeated', 'repeated', 'repeated']);
    expect([900, 1100, 4000].map((at) => found(whole, 'before', at))).toEqual(['spent', 'spent', 'spent']);
    expect(found(whole, 'before', 1000, 0)).toBe('spent');
  });

  it('is spent for all else', () => {
    expect([found(whole, 'older', 1000), found(family, 'before', 1000), found({ ...family, previous: 'before' }, 'before', 1000)]).toEqual(['spent', 'spent', 'spent']);
  });
});

describe('what a store answers', () => {
  it('is a family as it was given, copied', () => {
    for (const one of [family, whole]) {
      const read = readFamily('F1', one);
      expect(read).toStrictEqual(one);
      expect([read?.scopes === one.scopes, read?.audience === one.audience]).toEqual([false, false]);
    }
    expect(readFamily('F1', { ...family, scopes: [] })?.scopes).toEqual([]);
    expect([readFamily('F1', undefined), readFamily('F1', null), readFamily('f1', family)]).toEqual([undefined, undefined, undefined]);
  });

  it.each<[string, unknown]>([
    ...['id', 'clientId', 'secret', 'current'].flatMap((name): [string, unknown][] => [[name, undefined], [name, ''], [name, 7]]),
    ...['expiresAt', 'idleExpiresAt'].flatMap((name): [string, unknown][] => [[name, undefined], [name, '5000'], [name, NaN], [name, new Date()]]),
    ...['userId', 'previous'].flatMap((name): [string, unknown][] => [[name, null], [name, ''], [name, 7]]),
    ...['authTime', 'accessLifetime', 'rotatedAt'].flatMap((name): [string, unknown][] => [[name, null], [name, '7'], [name, Infinity]]),
    ['scopes', undefined], ['scopes', 'read'], ['scopes', ['read', 'a b']], ['scopes', { every: () => true, slice: () => [] }],
    ['audience', undefined], ['audience', []], ['audience', 'x'], ['audience', ['x', '']], ['audience', { length: 1, every: () => true, slice: () => [] }],
  ])('is no family where %s is %p', (name, value) => {
    expect(messageOf(() => readFamily('F1', { ...whole, [name]: value }))).toBe('TypeError: store.findFamily must answer a family as createFamily got it, or undefined');
  });

  it.each([['a text'], [7], [true], [[]]])('is no family where it is %p', (value) => {
    expect(() => readFamily('F1', value)).toThrow(TypeError);
  });

  it('is one of four results', () => {
    for (const result of ['rotated', 'repeated', 'spent', 'gone']) expect(readRotationResult(result)).toBe(result);
    for (const other of [undefined, null, '', true, 'ROTATED', ['rotated']]) {
      expect(messageOf(() => readRotationResult(other))).toBe('TypeError: store.rotateFamily must answer rotated, repeated, spent, gone');
    }
  });

  it('is the text of a token, or nothing', () => {
    expect([readTokenContent(undefined), readTokenContent(null), readTokenContent(''), readTokenContent('text')]).toEqual([undefined, undefined, '', 'text']);
    for (const other of [7, {}, false, ['text']]) expect(messageOf(() => readTokenContent(other))).toBe('TypeError: store.findAccessToken must answer the text that saveAccessToken got, or undefined');
  });

  const entry = { key: 'family F1', at: 1, until: 2 };
  it('is a page of revocations, and nothing more than that', () => {
    expect(readRevocationPage({ revocations: [entry], cursor: '1', more: true })).toStrictEqual({ revocations: [entry], cursor: '1' });
    expect(readRevocationPage({ revocations: [], cursor: '' })).toStrictEqual({ revocations: [], cursor: '' });
  });

  it.each<[unknown]>([
    [undefined], [null], ['text'], [{}], [{ revocations: [entry] }], [{ cursor: '1' }], [{ revocations: entry, cursor: '1' }], [{ revocations: [entry], cursor: 1 }],
    ...[{ key: '' }, { key: 7 }, { at: '1' }, { at: NaN }, { until: undefined }, { until: '2' }].map((wrong): [unknown] => [{ revocations: [entry, { ...entry, ...wrong }], cursor: '1' }]),
    [{ revocations: [entry, null], cursor: '1' }], [{ revocations: ['text'], cursor: '1' }],
  ])('is no page of revocations where it is %j', (answer) => {
    expect(messageOf(() => readRevocationPage(answer))).toBe('TypeError: store.revocations must answer { revocations, cursor }');
  });
});
