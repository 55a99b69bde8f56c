import fs from 'node:fs';
import path from 'node:path';

/** The folders whose specs talk to engines. */
const folders = ['spec/contracts', 'spec/flows/stores', 'spec/properties', 'spec/security'];

export interface JestRun {
  readonly rootDir: string;
  readonly testPathPatterns: { readonly patterns: readonly string[] };
}

/**
 * Whether this jest run can reach a spec that talks to engines.
 * ENGINES=0 keeps them off, ENGINES=1 on; otherwise they start unless the paths
 * given to jest match none of those specs.
 */
export function enginesNeeded({ rootDir, testPathPatterns }: JestRun): boolean {
  const wish = process.env['ENGINES'];
  if (wish === '0') return false;
  if (wish === '1' || testPathPatterns.patterns.length === 0) return true;
  const patterns = testPathPatterns.patterns.map((pattern) => new RegExp(pattern.replace(/^\.\//, ''), 'i'));
  return folders
    .flatMap((folder) => specsIn(path.join(rootDir, folder)))
    .some((spec) => patterns.some((pattern) => pattern.test(spec)));
}

function specsIn(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  return fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.spec.ts'))
    .map((name) => path.join(folder, name));
}
