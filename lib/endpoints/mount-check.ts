import type { Request } from 'express';

/**
 * Tells the operator once that the router does not stand where `issuer` says: clients would look for it in the wrong place.
 */
export function createMountCheck(issuer: string): (req: Request) => void {
  const expected = new URL(issuer).pathname.replace(/\/$/, '');
  let looked = false;
  return (req) => {
    if (looked) return;
    looked = true;
    if (!samePath(req.baseUrl, expected)) warn(req.baseUrl, expected);
  };
}

/** Express matches a mount path in any case, and `baseUrl` is as the client wrote it. */
const samePath = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

function warn(mounted: string, expected: string): void {
  process.emitWarning(
    `The issuer says that the OAuth router is mounted at ${JSON.stringify(expected || '/')}, but it is mounted at ` +
      `${JSON.stringify(mounted || '/')}: mount it there, or correct the issuer. Behind a proxy that strips a prefix this is as it should be.`,
    { type: 'OAuthWarning', code: 'OAUTH_MOUNT' },
  );
}
