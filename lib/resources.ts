import { OAuthError } from './errors';

/** An absolute URI without a fragment (RFC 8707 §2, RFC 3986 §4.3). */
const RESOURCE = /^[a-z][a-z0-9+.-]*:[\w!$%&'()*+,\-./:;=?@[\]~]+$/i;

/** The values of `resource`, each once; `invalid_target` where one cannot name a resource, whoever has registered it. */
export function parseResources(values: readonly string[]): readonly string[] {
  if (!values.every(isResource)) throw targetRefused();
  return values.length > 1 ? [...new Set(values)] : values;
}

const isResource = (value: string): boolean => RESOURCE.test(value) && URL.canParse(value);

export const targetRefused = (): OAuthError => new OAuthError('invalid_target', 'The requested resource is not allowed');
