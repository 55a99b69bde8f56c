import { OAuthError } from './errors';

/** scope-token of RFC 6749 §3.3. */
const SCOPE = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

export const isScope = (value: unknown): value is string => typeof value === 'string' && SCOPE.test(value);

/** The scopes of a `scope` parameter, each once, in the order given; single spaces between them (RFC 6749 §3.3). */
export function parseScope(value: string | undefined): readonly string[] {
  if (value === undefined) return [];
  const scopes = value.split(' ');
  if (!scopes.every(isScope)) {
    throw new OAuthError('invalid_scope', 'scope must be scope names with single spaces between them');
  }
  return scopes.length === 1 ? scopes : [...new Set(scopes)];
}

export const formatScope = (scopes: readonly string[]): string => scopes.join(' ');

/** Whether each of `wanted` is among `held`, by exact comparison. */
export const includesAll = (held: readonly string[], wanted: readonly string[]): boolean => wanted.every(among(held, wanted.length));

export const common = (some: readonly string[], others: readonly string[]): readonly string[] => some.filter(among(others, some.length));

/** A request may name thousands of scopes, and a client may have as many: then they are not compared each with each. */
function among(list: readonly string[], times: number): (scope: string) => boolean {
  if (list.length * times < 10_000) return (scope) => list.includes(scope);
  const all = new Set(list);
  return (scope) => all.has(scope);
}

export const scopeRefused = (): OAuthError =>
  new OAuthError('invalid_scope', 'The requested scope is not allowed');
