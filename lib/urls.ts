const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Whether this is an absolute URL that tokens and secrets may travel to: https, or http on this machine alone; no fragment,
 * nothing that a URL parser would have to repair, no user in it. A URI is ASCII (RFC 3986 §2), and this one goes into headers.
 */
export function isSafeUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !/^https?:\/\/[^/\\]/i.test(value) || /[^\x21-\x7E]|[#\\]/.test(value) || !URL.canParse(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname));
}

/** A URL that many may hold, since nobody can change it: to set a part of it throws, and its `searchParams` are a copy. */
export function fixedUrl(text: string): URL {
  const url = new URL(text);
  for (const [name, part] of Object.entries(Object.getOwnPropertyDescriptors(URL.prototype))) {
    if (part.set) Object.defineProperty(url, name, { get: () => Reflect.get(URL.prototype, name, url) as unknown });
  }
  Object.defineProperty(url, 'searchParams', { get: () => new URLSearchParams(url.search) });
  return Object.freeze(url);
}
