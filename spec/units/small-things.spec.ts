import { hold } from '../../lib/client/held';
import { random } from '../../lib/random';
import { parseResources, targetRefused } from '../../lib/resources';
import { warnOnce } from '../../lib/warn';
import { holdTime } from '../support/clock';

describe('random bytes', () => {
  it('are as many as were asked for, and never the same again', () => {
    const seen = new Set<string>();
    for (let time = 0; time < 2000; time += 1) {
      const bytes = random(16);
      expect(bytes).toHaveLength(16);
      seen.add(bytes.toString('hex'));
    }
    expect(seen.size).toBe(2000);
    expect([random(0).length, random(4096).length, random(10_000).length, random(1).length]).toEqual([0, 4096, 10_000, 1]);
  });

  it('overlap with none that were handed out before', () => {
    const all = Array.from({ length: 500 }, () => random(24));
    for (const bytes of all) bytes.fill(7);
    for (let time = 0; time < 500; time += 1) expect(random(24).equals(Buffer.alloc(24, 7))).toBe(false);
  });
});

it('a warning is said once, under its code and the type of all of them', () => {
  const said: unknown[] = [];
  jest.spyOn(process, 'emitWarning').mockImplementation((...given) => { said.push(given); });
  warnOnce('OAUTH_SMALL_THING', 'first');
  warnOnce('OAUTH_SMALL_THING', 'second');
  warnOnce('OAUTH_OTHER_THING', 'third');
  jest.restoreAllMocks();
  expect(said).toEqual([['first', { type: 'OAuthWarning', code: 'OAUTH_SMALL_THING' }], ['third', { type: 'OAuthWarning', code: 'OAUTH_OTHER_THING' }]]);
});

describe('resources', () => {
  it('are taken as they are written, each once', () => {
    const names = ['https://api.example/a?b=c', 'urn:example:files', 'HTTP://api.example', 'x+y-z.1:a', 'https://[2001:db8::1]/%20'];
    expect(parseResources(names)).toEqual(names);
    expect(parseResources([...names, ...names])).toEqual(names);
    expect([parseResources([]), parseResources(['urn:a'])]).toEqual([[], ['urn:a']]);
  });

  it.each(['', 'files', '/files', '//api.example', 'https://api.example/#a', 'https://api.example/a b', ' https://api.example', 'https://api.example ', '1x:a', 'urn:', 'urn:a\n', 'https://ü.example', 'https://', 'https://a b', 'https://a:b', '-urn:a', '\nurn:a'])('are none where one of them is %j', (name) => {
    expect(() => parseResources([name])).toThrow('The requested resource is not allowed');
    expect(() => parseResources(['urn:a', name])).toThrow(targetRefused().message);
    expect(targetRefused()).toMatchObject({ code: 'invalid_target', description: 'The requested resource is not allowed' });
  });
});

describe('tokens that a client holds', () => {
  it('are renewed half a minute before their end, or when a tenth of their life is left', () => {
    holdTime(1_000_000);
    const renewedAfter = (expiresIn: number | undefined): number => hold({ accessToken: 'a', ...(expiresIn === undefined ? {} : { expiresIn }) } as never).renewAt - 1_000_000;
    expect([3600, 300, 299, 100, 10, 0].map(renewedAfter)).toEqual([3_570_000, 270_000, 269_100, 90_000, 9000, 0]);
    expect(renewedAfter(undefined)).toBe(Infinity);
  });
});
