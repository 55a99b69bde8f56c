import { OAuthError } from '../../lib';
import { parseForm } from '../../lib/http/form';
import { readBasic } from '../../lib/http/basic';
import { parseScope } from '../../lib/scopes';
import { parseJws } from '../../lib/tokens/jws';
import type { Random } from './random';

/** What is under test. `run` throws where the parser did what it never may, and says where the input led otherwise. */
export interface Target {
  readonly name: string;
  /** Inputs from which others are made by mutation. */
  readonly seeds: readonly [string, ...string[]];
  /** A fresh input by the grammar. */
  readonly grow: (random: Random) => string;
  readonly run: (input: string) => string | Promise<string>;
}

export const ISSUER = 'https://auth.example/oauth';

/** Lets a refusal be; anything else that is thrown is a fault of the parser. */
function refusing(parse: () => string): string {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof OAuthError) || error.status >= 500) throw error;
    if (error.description !== undefined && !/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/.test(error.description)) throw new Error(`a description outside RFC 6749 §5.2: ${error.description}`);
    return error.message;
  }
}

export const words = (random: Random, alphabet: string, most: number): string =>
  Array.from({ length: 1 + random.below(most) }, () => alphabet[random.below(alphabet.length)]).join('');

export const ALNUM = 'abcxyzABC019-._~';
export const encoded = (random: Random): string => random.pick(['%41', '%c3%a9', '%E2%82%AC', '%F0%9F%98%80', '+', '%2B', '%', '%4', words(random, ALNUM, 6)]);
export const NAMES = ['grant_type', 'scope', 'username', 'password', 'client_id', 'client_secret', 'refresh_token', 'resource', '__proto__', 'a[]', 'x'] as const;

const form: Target = {
  name: 'form',
  seeds: ['grant_type=client_credentials&scope=a+b', 'grant_type=password&username=%C3%A9&password=+%25%26%2B%C2%A3%E2%82%AC', 'a=1&a=2', '=&&=x&b'],
  grow: (random) =>
    Array.from({ length: random.below(8) }, () => `${random.pick(NAMES)}=${Array.from({ length: random.below(5) }, () => encoded(random)).join('')}`).join('&'),
  run: (input) =>
    refusing(() => {
      const { params, resources } = parseForm(input);
      for (const value of [...Object.values(params), ...resources]) {
        if (value !== undefined && typeof value !== 'string') throw new Error('a value that is no text');
        if (value === '') throw new Error('an empty value that counts');
      }
      if (Object.getPrototypeOf(params) !== null) throw new Error('parameters with a prototype');
      return `${String(Object.keys(params).length)} parameters, ${String(resources.length)} resources`;
    }),
};

export const basicOf = (text: string): string => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`;

/** Which kinds of characters a text has. */
const kindsIn = (text: string): string => [/[a-z]/i, /\d/, /%/, /\+/, /:/, / /, /[^ -~]/].map((kind) => (kind.test(text) ? '1' : '0')).join('');

const basic: Target = {
  name: 'basic',
  seeds: [basicOf('app:secret'), basicOf('a+b:100%25%2B'), basicOf('client%3Awith%3Acolon:p%40ss%3Aw%2Brd'), 'Basic', 'basic YTpi====', 'Basic YTp!!i$$'],
  grow: (random) => basicOf(`${Array.from({ length: random.below(6) }, () => encoded(random)).join('')}${random.pick([':', '', '::'])}${Array.from({ length: random.below(6) }, () => encoded(random)).join('')}`),
  run: (input) => {
    const readings = readBasic(input);
    if (readings.length > 3) throw new Error('more readings than there are ways of writing');
    for (const { id, secret } of readings) {
      if (id === '' || /[\x00-\x1f\x7f]/.test(id + secret)) throw new Error('a reading with a control character or no id');
    }
    return readings.map(({ id, secret }) => `${kindsIn(id)}:${kindsIn(secret)}`).join(' or ');
  },
};

const scope: Target = {
  name: 'scope',
  seeds: ['a', 'a b c', 'read:all write:all', 'a  b', ' a', 'a"b', 'é'],
  grow: (random) => Array.from({ length: 1 + random.below(20) }, () => words(random, `${ALNUM}!#:/`, 12)).join(random.pick([' ', ' ', ' ', '  ', '\t'])),
  run: (input) =>
    refusing(() => {
      const scopes = parseScope(input);
      if (new Set(scopes).size !== scopes.length) throw new Error('a scope twice');
      if (!scopes.every((one) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(one))) throw new Error('a scope outside RFC 6749 §3.3');
      return `${String(scopes.length)} scopes`;
    }),
};

export const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const members: readonly [unknown, ...unknown[]] = [{ alg: 'none' }, { alg: 'ES256' }, { typ: 'at+jwt' }, { crit: [] }, { kid: '../../x' }, { b64: false }, [], null, 1, '{"a":1}x', '\ufeff{}', { exp: 1e400 }];

const header: Target = {
  name: 'jwt',
  seeds: [`${part({ alg: 'ES256', typ: 'at+jwt' })}.${part({ iss: ISSUER })}.AAAA`, 'a.b.c', '..', `${part({ alg: 'none' })}.${part({})}.`],
  grow: (random) => `${part(random.pick(members))}.${part(random.pick(members))}.${words(random, `${ALNUM}_`, 90)}`,
  run: (input) => {
    const jws = parseJws(input);
    if (jws === undefined) return 'none';
    if (typeof jws.header !== 'object' || typeof jws.payload !== 'object') throw new Error('a part that is no object');
    const again = `${jws.signingInput}.${jws.signature.toString('base64url')}`;
    if (again !== input) throw new Error('two spellings of one token');
    return `${String(jws.header.alg)} ${Object.keys(jws.payload).join(' ')}`;
  },
};

export const PARSERS: readonly Target[] = [form, basic, scope, header];
