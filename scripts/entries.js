'use strict';
// The public entries of the package, one row each: the subpath a user imports,
// and its source under lib/ without extension. After a change here run
// `node scripts/build.js --write-exports`.
module.exports = [
  { subpath: '.', source: 'index' },
  { subpath: './redis', source: 'stores/redis' },
  { subpath: './postgres', source: 'stores/postgres' },
  { subpath: './sqlite', source: 'stores/sqlite' },
  { subpath: './client', source: 'client/index' },
  { subpath: './server', source: 'server/index' },
  { subpath: './testing', source: 'testing/index' },
];
