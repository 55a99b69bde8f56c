import type { Request } from 'express';

/**
 * Tells the operator once where the router stands is not where `issuer` says: clients would look for it in the wrong place.
 */
export function createMountCheck(issuer: string): (req: Request) => void {
  const expected = new URL(issuer).pathname.replace(/\/$/, '');
  let looked = false;
  return (req) => {
    if (looked) return;
    looked = true;
    if (req.baseUrl === expected) return;
    process.emitWarning(
      `The issuer says that the OAuth router is mounted at ${JSON.stringify(expected || '/')}, but it is mounted at ` +
        `${JSON.stringify(req.baseUrl || '/')}: mount it there, or correct the issuer. Behind a proxy that strips a prefix this is as it should be.`,
      { type: 'OAuthWarning', code: 'OAUTH_MOUNT' },
    );
  };
}
