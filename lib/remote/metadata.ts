import type { Json } from '../tokens/jws';
import { isSafeUrl } from '../urls';
import { fetchJson } from './fetch-json';

/** Bytes that a document of the issuer may have; a JWKS of a hundred keys fits. */
export const DOCUMENT_LIMIT: number = 256 * 1024;

/**
 * The issuer's metadata: by the rule of RFC 8414 §3.1, else where OpenID Connect Discovery §4 has it. Whichever it is, it must
 * name the very same issuer (RFC 8414 §3.3).
 */
export async function findMetadata(issuer: string, signal: AbortSignal): Promise<Json> {
  const failures: Error[] = [];
  for (const url of metadataUrls(issuer)) {
    try {
      return await readMetadata(url, issuer, signal);
    } catch (cause) {
      failures.push(new Error(`no metadata from ${url}`, { cause }));
    }
  }
  throw new AggregateError(failures, `The metadata of the issuer ${issuer} could not be read`);
}

function metadataUrls(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/$/, '');
  return [`${origin}/.well-known/oauth-authorization-server${path}`, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`];
}

async function readMetadata(url: string, issuer: string, signal: AbortSignal): Promise<Json> {
  const { status, json } = await fetchJson({ url, signal, limit: DOCUMENT_LIMIT });
  if (json === undefined) throw new Error(`${url} answered ${String(status)}`);
  if (json.issuer !== issuer) throw new Error(`${url} is the metadata of another issuer`);
  return json;
}

/** A URL that the metadata names: safe to send tokens to, and not on plain HTTP where the issuer itself is not. */
export function endpointOf(metadata: Json, name: 'jwks_uri' | 'introspection_endpoint', issuer: string): string {
  const url = metadata[name];
  if (!isSafeUrl(url)) throw new Error(`the issuer's metadata has no usable ${name}`);
  if (issuer.startsWith('https:') && !url.startsWith('https:')) throw new Error(`the issuer's metadata has a ${name} without https`);
  return url;
}
