import type { Json } from '../tokens/jws';
import { decodeUtf8 } from '../utf8';

export interface JsonRequest {
  readonly url: string;
  /** How many bytes the answer may have, unpacked. */
  readonly limit: number;
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as a form; makes it a POST. */
  readonly form?: Readonly<Record<string, string>>;
}

export interface JsonAnswer {
  readonly status: number;
  /** The JSON object of a 200; the body of any other answer is nobody's business. */
  readonly json: Json | undefined;
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json *(?:;|$)/i;

/**
 * Asks another server for a JSON object. Follows no redirect: the URL comes from the configuration or from the issuer's own word.
 * Throws where no answer comes before the signal, and where a 200 is too long or no JSON object; no error quotes what was sent or read.
 */
export async function fetchJson({ url, limit, signal, headers, form }: JsonRequest): Promise<JsonAnswer> {
  const response = await fetch(url, {
    redirect: 'manual',
    signal,
    headers: { Accept: 'application/json', ...headers },
    ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    return { status: response.status, json: undefined };
  }
  if (!JSON_TYPE.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw new Error(`${url} answered something other than JSON`);
  }
  const json = parseObject(decodeUtf8(await readBytes(response, url, limit)));
  if (json === undefined) throw new Error(`${url} answered no JSON object`);
  return { status: 200, json };
}

async function readBytes({ body }: Response, url: string, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    // Leaving the loop cancels the rest of the body.
    if (length > limit) throw new Error(`${url} answered more than ${String(limit)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parseObject(text: string | undefined): Json | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    // What JSON.parse says quotes the text.
    return undefined;
  }
}
