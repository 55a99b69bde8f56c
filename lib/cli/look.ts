/** What came of a request: an answer, or why there is none and what to do about that. */
export type Seen = { readonly response: Response } | { readonly response: undefined; readonly why: string; readonly cure: string };

export type Look = (url: string, init?: RequestInit) => Promise<Seen>;

const SECONDS = 10;

export const createLook =
  (fetcher: typeof fetch): Look =>
  async (url, init = {}) => {
    try {
      return { response: await fetcher(url, { redirect: 'manual', signal: AbortSignal.timeout(SECONDS * 1000), ...init }) };
    } catch (error) {
      return { response: undefined, ...explain(error) };
    }
  };

/** In the words of an operator: the names of errors are Node's. */
function explain(error: unknown): { why: string; cure: string } {
  const { name, cause } = error as { readonly name?: string; readonly cause?: { readonly code?: string; readonly message?: string } };
  const code = String(cause?.code ?? cause?.message ?? name);
  if (code === 'ECONNREFUSED') return { why: 'nothing listens there', cure: 'start the app, or correct the URL' };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { why: 'the name of the host is not known', cure: 'correct the URL, or the DNS' };
  if (name === 'TimeoutError') return { why: `no answer within ${String(SECONDS)} seconds`, cure: 'look at the app and the proxies before it' };
  if (/CERT|SIGNED|UNABLE_TO|TLS|SSL/.test(code)) return { why: `its certificate is not accepted (${code})`, cure: 'clients refuse it too: serve one for this host, with its whole chain' };
  return { why: `the connection broke (${code})`, cure: 'look at the app and the proxies before it' };
}

export async function objectOf(response: Response | undefined): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const value: unknown = await response?.json();
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
