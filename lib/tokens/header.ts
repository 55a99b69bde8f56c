import type { Json } from './jws';

/** A media type without a slash is read as if `application/` stood before it (RFC 7515 §4.1.9). */
const ACCESS_TOKEN_TYPE = /^(?:application\/)?at\+jwt$/i;

/**
 * Whether a JWT says of itself that it is an access token (RFC 9068 §4): an id_token or a proof is none.
 * No `crit` is understood here (RFC 7515 §4.1.11), nothing is compressed, nested or left unencoded.
 */
export function isAccessTokenHeader(header: Json): boolean {
  const { typ } = header;
  return typeof typ === 'string' && ACCESS_TOKEN_TYPE.test(typ) && !UNKNOWN.some((name) => Object.hasOwn(header, name));
}

const UNKNOWN = ['crit', 'zip', 'cty', 'b64', 'enc'];
