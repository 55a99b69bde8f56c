import type { Request } from 'express';
import { isSafeUrl } from './urls';

/** What a resource says of itself (RFC 9728 §2). */
export interface ProtectedResource {
  /** Its identifier, the `aud` of tokens for it. */
  readonly resource: string;
  /** Whose tokens it takes. */
  readonly issuer: string;
  /** What it tells of its scopes; none: it does not tell. */
  readonly scopes: readonly string[];
}

const SUFFIX = '/.well-known/oauth-protected-resource';

/** Whether there can be metadata for this audience: it must be a URL that its clients can open (RFC 9728 §1.2). */
export const canHaveMetadata = (resource: string): boolean => isSafeUrl(resource);

/** The document of RFC 9728 §2; members that would be empty are left out (§3.2). */
export function resourceMetadata({ resource, issuer, scopes }: ProtectedResource): object {
  return {
    resource,
    authorization_servers: [issuer],
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
  };
}

/** Where the document stands on the resource's host: the suffix between host and path (RFC 9728 §3.1), and the query behind. */
export function resourceMetadataPath(resource: string): string {
  const { path, query } = split(resource);
  return SUFFIX + (path === '/' ? '' : path) + query;
}

export const resourceMetadataUrl = (resource: string): string => split(resource).origin + resourceMetadataPath(resource);

/**
 * Whether the URL of a request lies under a resource (RFC 9728 §3.3 has clients compare the two). Scheme and host are taken
 * from the configuration: a proxy may have ended TLS, and `Host` is what the client says it is.
 */
export function servesResource(resource: string, { originalUrl }: Partial<Pick<Request, 'originalUrl'>>): boolean {
  // No Express, or what a test puts in its place.
  if (originalUrl === undefined) return false;
  const { path, query } = split(resource);
  const [askedPath, askedQuery] = cutAtQuery(originalUrl);
  const isUnder = `${askedPath}/`.startsWith(`${path.replace(/\/$/, '')}/`);
  return isUnder && (query === '' || askedQuery === query);
}

/** The URL of the metadata for the resource that a request is for, if there is one. */
export function createMetadataFor(audience: readonly string[]): (req: Partial<Pick<Request, 'originalUrl'>>) => string | undefined {
  const resources = audience.filter(canHaveMetadata).map((resource) => ({ resource, url: resourceMetadataUrl(resource) }));
  return (req) => resources.find(({ resource }) => servesResource(resource, req))?.url;
}

/** The parts as they were written: an identifier is compared byte by byte, so nothing may be normalised. */
function split(resource: string): { readonly origin: string; readonly path: string; readonly query: string } {
  const [whole, query] = cutAtQuery(resource);
  const slash = `${whole}/`.indexOf('/', whole.indexOf('//') + 2);
  return { origin: whole.slice(0, slash), path: whole.slice(slash), query };
}

function cutAtQuery(url: string): readonly [before: string, query: string] {
  const at = `${url}?`.indexOf('?');
  return [url.slice(0, at), url.slice(at)];
}
