import { createTokens, findToken, saveToken, type Tokens } from '../../lib/stores/memory/tokens';
import { holdTime } from '../support/clock';

const HOUR = 3_600_000;
const inAnHour = (): number => Date.now() + HOUR;

function keep(...contents: readonly string[]): Tokens {
  const tokens = createTokens(100);
  contents.forEach((content, index) => { saveToken(tokens, `token-${String(index)}`, content, inAnHour()); });
  return tokens;
}

const patternsOf = (tokens: Tokens): readonly string[] => [...tokens.pool.indexes.keys()];

const CONTENTS = [
  ['JSON', '{"clientId":"C1","scopes":["files:read","files:write"],"expiresAt":1790000000}'],
  ['no text', ''],
  ['a text that is no JSON', 'no "JSON at all: 12345, "'],
  ['a text that begins with a value', '12345678"a":"b"'],
  ['a sign that stands for a value', '{"name":"a\u0000b","count":12345}'],
  ['a quotation mark that none follows', 'one"two'],
  ['text beyond ASCII', '{"name":"Zoë 😀","empty":""}'],
  ['JSON that begins as another', '{"clientId":"C1","scopes":["files:read","files:write"],"expiresAt":1790000000,"more":"x"}'],
  ['JSON that ends as another', '{"clientId":"C1","scopes":["files:read"],"expiresAt":1790000000}'],
  ['JSON with a quotation mark in a value', '{"clientId":"C\\"1","scopes":["files:read","files:write"],"expiresAt":1790000000}'],
] as const;

describe('opaque access tokens in memory', () => {
  it.each(CONTENTS)('come back as they were saved: %s', (_what, content) => {
    expect(findToken(keep(content), 'token-0')).toBe(content);
  });

  it.each(CONTENTS)('come back as they were saved, whatever was saved before them: %s', (_what, content) => {
    for (const [, before] of CONTENTS) {
      const tokens = keep(before, content, before);
      expect(findToken(tokens, 'token-0')).toBe(before);
      expect(findToken(tokens, 'token-1')).toBe(content);
      expect(findToken(tokens, 'token-2')).toBe(before);
    }
  });

  it('come back as they were saved when the pattern before them has gone', () => {
    const tokens = createTokens(1);
    for (const [, content] of CONTENTS) {
      saveToken(tokens, 'one', content, inAnHour());
      expect(findToken(tokens, 'one')).toBe(content);
      expect(patternsOf(tokens)).toHaveLength(1);
    }
  });

  it('are nobody once they have ended, and in that very millisecond already', () => {
    const start = Date.now();
    holdTime(start);
    const tokens = keep('{}');
    holdTime(start + HOUR - 1);
    expect(findToken(tokens, 'token-0')).toBe('{}');
    holdTime(start + HOUR);
    expect(findToken(tokens, 'token-0')).toBeUndefined();
    expect(findToken(tokens, 'another')).toBeUndefined();
  });

  it('share what is the same in all of them: names, signs and short numbers', () => {
    const tokens = keep('{"sub":"anna","n":1,"exp":1790000000}', '{"sub":"bert","n":1,"exp":179}');
    expect(patternsOf(tokens)).toEqual(['{"sub":"\u0000","n":1,"exp":\u0000}']);
  });

  it('keep a number between signs that are too short for a time in the pattern', () => {
    expect(patternsOf(keep('{"a":12,"b":345,"c":"x"}'))).toEqual(['{"a":12,"b":\u0000,"c":"\u0000"}']);
  });

  it('keep one pattern for all contents that hold the sign for a value', () => {
    const tokens = keep('"\u0000one"', '"\u0000two"');
    expect(patternsOf(tokens)).toEqual(['\u0000']);
    expect(findToken(tokens, 'token-0')).toBe('"\u0000one"');
    expect(findToken(tokens, 'token-1')).toBe('"\u0000two"');
  });

  it('let a pattern go with the last token that has it', () => {
    const tokens = keep('{"sub":"anna"}', '{"sub":"bert"}');
    saveToken(tokens, 'token-0', '[]', inAnHour());
    expect(patternsOf(tokens)).toEqual(['{"sub":"\u0000"}', '[]']);
    saveToken(tokens, 'token-1', '[]', inAnHour());
    expect(patternsOf(tokens)).toEqual(['[]']);
  });
});
