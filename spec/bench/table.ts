import { median } from './median';
import type { Measured, Results } from './rounds';

const COLUMNS = ['', 'req/s', 'ratio', '(min … max)', 'p50 ms', 'p99 ms', 'main µs', 'ratio', 'all µs'];
/** Above this share the driver has no time left: the server could do more. */
const SATURATED = 0.95;

const of = (samples: readonly Measured[], name: keyof Measured): number => median(samples.map((one) => one[name]));

/** The results as a Markdown table, one line a row in the order in which they were planned. */
export function toTable(results: Results): string {
  // A floor that no row of this run is measured against has no samples.
  const measured = [...results].filter(([, samples]) => samples.length > 0);
  const lines = measured.map(([row, samples]) => {
    const ratios = samples.map(({ ratio }) => ratio);
    const bound = of(samples, 'busy') > SATURATED ? ' ›' : '';
    return [
      row.name,
      String(Math.round(of(samples, 'perSecond'))) + bound,
      median(ratios).toFixed(2),
      `(${Math.min(...ratios).toFixed(2)} … ${Math.max(...ratios).toFixed(2)})`,
      of(samples, 'p50').toFixed(2),
      of(samples, 'p99').toFixed(2),
      of(samples, 'main').toFixed(1),
      of(samples, 'mainRatio').toFixed(2),
      of(samples, 'all').toFixed(1),
    ];
  });
  const width = COLUMNS.map((name, column) => Math.max(name.length, ...lines.map((line) => line[column]?.length ?? 0)));
  const format = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(width[column] ?? 0) : cell.padStart(width[column] ?? 0))).join(' | ')} |`;
  const rule = `|${width.map((size, column) => (column === 0 ? '-'.repeat(size + 2) : `${'-'.repeat(size + 1)}:`)).join('|')}|`;
  return [format(COLUMNS), rule, ...lines.map(format)].join('\n');
}
