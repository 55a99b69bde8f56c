'use strict';
// node spec/mutation/survivors.cjs reports/mutation/<room>/<file>.json …: what no spec noticed.
for (const report of process.argv.slice(2)) {
  const { files } = JSON.parse(require('node:fs').readFileSync(report, 'utf8'));
  for (const [name, { source, mutants }] of Object.entries(files)) {
    const left = mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
    console.log(`${name}: ${left.length} of ${mutants.length}`);
    for (const { location: { start, end }, replacement, status, static: isStatic } of left) {
      const line = source.split('\n')[start.line - 1];
      const was = start.line === end.line ? line.slice(start.column - 1, end.column - 1) : line.slice(start.column - 1) + ' …';
      console.log(`  ${start.line} ${status === 'NoCoverage' ? '(no cover) ' : ''}${isStatic ? '(static) ' : ''}${was.slice(0, 90)}  =>  ${replacement.replace(/\s+/g, ' ').slice(0, 90)}`);
    }
  }
}
