'use strict';
// Why a mutant may live: file → [part of the line or of the mutant as the list shows it, reason].
const types = 'equal: the value decides the same a step later; the condition is there for the types';

module.exports = {
  'lib/bearer/auth.ts': [['resource !== undefined →', `${types}: no URL can be read from undefined`]],
  'lib/bearer/require-bearer.ts': [['header === undefined →', `${types}: undefined matches neither pattern`]],
};
