/** One thing that was looked at. */
export interface Finding {
  readonly ok: boolean;
  readonly what: string;
  /** What to do about it; only where it is not ok. */
  readonly cure?: string;
}

export const yes = (what: string): Finding => ({ ok: true, what });
export const no = (what: string, cure: string): Finding => ({ ok: false, what, cure });
export const check = (ok: boolean, what: string, cure: string): Finding => (ok ? yes(what) : no(what, cure));

export function inWords(findings: readonly Finding[]): string {
  const lines = findings.map(({ ok, what, cure }) => `${ok ? 'ok   ' : 'WRONG'} ${what}${ok || cure === undefined ? '' : `\n      ${cure}`}`);
  const wrong = findings.filter(({ ok }) => !ok).length;
  return `${lines.join('\n')}\n\n${wrong === 0 ? 'Nothing is wrong.' : `${String(wrong)} of ${String(findings.length)} things are wrong.`}`;
}
