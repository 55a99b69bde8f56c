const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decodes one form-encoded name or value as UTF-8 (RFC 6749 App. B); `undefined` for a bad escape or bytes that are not UTF-8. */
export function percentDecode(text: string): string | undefined {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return undefined;
  }
}

/** Text of bytes that must be UTF-8; `undefined` where they are not. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}
