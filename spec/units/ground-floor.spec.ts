import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { OAuthEvent } from '../../lib';
import { createEmit } from '../../lib/events';
import { createId, idTime, ID_LENGTH } from '../../lib/ids';
import { createPatience } from '../../lib/patience';
import { fixedUrl, isSafeUrl } from '../../lib/urls';

describe('an id', () => {
  it('knows when it was made, and is no other', () => {
    const id = createId(1_900_000_000_123);
    expect(id).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect([ID_LENGTH, idTime(id), idTime(createId(0)), idTime('x'.repeat(31)), idTime(`${id}A`), idTime('')]).toEqual([32, 1_900_000_000_123, 0, 0, 0, 0]);
    expect(createId(5)).not.toBe(createId(5));
  });
});

describe('a URL that tokens may travel to', () => {
  it.each([
    'https://a.example', 'https://a.example/b?c=d', 'HTTPS://A.example', 'https://a.example:8443/', 'http://localhost', 'http://localhost:3000/x', 'http://127.0.0.1', 'http://127.1.22.255:80/', 'http://[::1]:3000', 'https://127.0.0.1',
  ])('is %j', (text) => {
    expect(isSafeUrl(text)).toBe(true);
  });

  it.each<[unknown]>([
    [undefined], [5], [''], ['a.example'], ['/x'], ['https:'], ['https://'], ['https:///a'], ['https:\\\\a.example'], ['https://a.example\\b'], ['xhttps://a.example'], ['ftp://a.example'], ['data:x'],
    ['http://a.example'], ['http://localhost.a.example'], ['http://xlocalhost'], ['http://127.0.0.1.example'], ['http://x127.0.0.1'], ['http://128.0.0.1'], ['http://[::2]'],
    ['https://a.example#'], ['https://a.example/#b'], ['https://a.example/é'], ['https://a.example/ b'], [' https://a.example'], ['https://a.example\n'],
    ['https://user@a.example'], ['https://:pw@a.example'], ['https://user:pw@a.example'], ['https://a.example:99999'],
  ])('is not %j', (text) => {
    expect(isSafeUrl(text)).toBe(false);
  });
});

describe('a URL that many hold', () => {
  it('reads as any other', () => {
    const text = 'https://a.example:8443/b/c?d=e';
    const [fixed, other] = [fixedUrl(text), new URL(text)];
    expect(fixed).toBeInstanceOf(URL);
    for (const name of ['href', 'origin', 'protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'search', 'hash'] as const) expect([name, fixed[name]]).toEqual([name, other[name]]);
    expect([String(fixed), JSON.stringify(fixed), fixed.searchParams.get('d')]).toEqual([text, JSON.stringify(text), 'e']);
  });

  it('cannot be changed', () => {
    const fixed = fixedUrl('https://a.example/b?c=d');
    for (const name of ['href', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash', 'username', 'password', 'searchParams', 'more']) expect(() => { Object.assign(fixed, { [name]: 'https://b.example/' }); }).toThrow(TypeError);
    fixed.searchParams.set('c', 'x');
    fixed.searchParams.append('e', 'f');
    expect(fixed.href).toBe('https://a.example/b?c=d');
    expect(fixed.search).toBe('?c=d');
  });
});

describe('patience', () => {
  let now = 0;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  beforeEach(() => {
    [now, timers] = [1e6, []];
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, after: number) => {
      timers.push({ at: now + after, run });
      return { unref: () => undefined };
    }) as never);
  });
  afterEach(() => { jest.restoreAllMocks(); });
  const wait = (milliseconds: number): void => {
    const end = now + milliseconds;
    for (;;) {
      const next = timers.toSorted((one, other) => one.at - other.at)[0];
      if (next === undefined || next.at > end) break;
      timers = timers.filter((one) => one !== next);
      now = Math.max(now, next.at);
      next.run();
    }
    now = end;
  };
  const ended: string[] = [];
  beforeEach(() => { ended.length = 0; });
  const late = (name: string) => (): void => { ended.push(name); };

  it('ends when its time is up, for each in turn, and not before', () => {
    const patience = createPatience(5);
    patience.begin(late('a'));
    wait(2000);
    patience.begin(late('b'));
    expect(timers.length).toBe(1);
    wait(2999);
    expect(ended).toEqual([]);
    wait(1);
    expect(ended).toEqual(['a']);
    wait(1999);
    expect(ended).toEqual(['a']);
    wait(1);
    expect(ended).toEqual(['a', 'b']);
    expect(timers.length).toBe(0);
  });

  it('is not asked of whom an answer has come to', () => {
    const patience = createPatience(5);
    const done = [patience.begin(late('a')), patience.begin(late('b'))];
    done[0]?.();
    done[0]?.();
    wait(5000);
    expect(ended).toEqual(['b']);
    const answered = patience.begin(late('c'));
    answered();
    wait(6000);
    expect([ended, timers.length]).toEqual([['b'], 0]);
  });

  it('begins anew when nobody was left, with one timer for all', () => {
    const patience = createPatience(5);
    for (let round = 0; round < 3; round += 1) {
      for (const name of ['a', 'b', 'c']) patience.begin(late(name));
      expect(timers.length).toBe(1);
      wait(5000);
    }
    expect(ended).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
  });
});

describe('an event', () => {
  const fault: OAuthEvent = { type: 'fault', where: 'here', cause: new Error('why') };
  const other: OAuthEvent = { type: 'client_refused', clientId: 'c' };
  const printed: unknown[][] = [];
  beforeEach(() => {
    printed.length = 0;
    jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => { printed.push(args); });
  });
  afterEach(() => { jest.restoreAllMocks(); });

  it('is printed where nobody listens and it is a fault', () => {
    const emit = createEmit(undefined);
    emit(other);
    expect(printed).toEqual([]);
    emit(fault);
    expect(printed).toEqual([['express-token-endpoint: fault in here:', fault.cause]]);
  });

  it('goes to the listener and to the channel, and is not printed', () => {
    const heard: unknown[] = [];
    const listen = (event: unknown): void => { heard.push(event); };
    subscribe('express-token-endpoint', listen);
    createEmit(listen)(fault);
    createEmit(undefined)(other);
    unsubscribe('express-token-endpoint', listen);
    createEmit(listen)(other);
    expect(heard).toEqual([fault, fault, other, other]);
    expect(printed).toEqual([]);
  });

  it.each<[string, () => unknown]>([['throws', () => { throw new Error('no'); }], ['rejects', () => Promise.reject(new Error('no'))]])('harms nobody where its listener %s', async (_name, listener) => {
    createEmit(listener)(other);
    await new Promise((resolve) => { setImmediate(resolve); });
    expect(printed).toEqual([['express-token-endpoint: onEvent failed:', new Error('no')]]);
  });

  it('is told of where its cause cannot be printed', () => {
    jest.restoreAllMocks();
    jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => {
      if (args.length > 1) throw new Error('cannot be printed');
      printed.push(args);
    });
    createEmit(undefined)(fault);
    expect(printed).toEqual([['express-token-endpoint: fault in here']]);
  });
});
