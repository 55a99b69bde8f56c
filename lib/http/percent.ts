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
