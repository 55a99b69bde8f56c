/** Parameters of a challenge in the order they are sent; absent ones are left out. */
export type ChallengeParams = Readonly<Record<string, string | undefined>>;

/** The one writer of `WWW-Authenticate` values (RFC 9110 §11.6.1): scheme, realm, and each parameter once as a quoted-string. */
export function formatChallenge(scheme: 'Basic' | 'Bearer', realm: string, params: ChallengeParams = {}): string {
  const parts = [`realm=${quote(realm)}`];
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) parts.push(`${name}=${quote(value)}`);
  }
  return `${scheme} ${parts.join(', ')}`;
}

const quote = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`;
