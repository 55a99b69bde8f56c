const said = new Set<string>();

/** Tells the operator once per process, as a Node warning; `code` is what `--disable-warning` takes. */
export function warnOnce(code: string, message: string): void {
  if (said.has(code)) return;
  said.add(code);
  process.emitWarning(message, { type: 'OAuthWarning', code });
}
