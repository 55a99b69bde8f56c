'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { createRequire } = require('node:module');
const { transformSync } = require('@swc/core');
const entries = require('../../scripts/entries');

const root = process.cwd();
const aliases = new Map(
  entries.map(({ subpath, source }) => [`express-token-endpoint${subpath.slice(1)}`, path.join(root, 'lib', `${source}.ts`)]),
);
const compiled = new Map();

/**
 * A loader of this repository's TypeScript whose modules are its own, as each spec file has its own under jest.
 * What is compiled is shared between loaders, and so are the packages.
 */
function createLoader() {
  const modules = new Map();
  const load = (file) => {
    const known = modules.get(file);
    if (known) return known.exports;
    const made = { exports: {}, filename: file };
    modules.set(file, made);
    const native = createRequire(file);
    const requireHere = (name) => {
      const found = resolve(file, name);
      return found === undefined ? native(name) : load(found);
    };
    requireHere.resolve = (name) => resolve(file, name) ?? native.resolve(name);
    compile(file).call(made.exports, made.exports, requireHere, made, file, path.dirname(file));
    return made.exports;
  };
  return load;
}

function resolve(from, name) {
  const alias = aliases.get(name);
  if (alias) return alias;
  if (!name.startsWith('.') && !path.isAbsolute(name)) return undefined;
  const target = path.resolve(path.dirname(from), name);
  return [target, `${target}.ts`, path.join(target, 'index.ts')].find((file) => file.endsWith('.ts') && fs.existsSync(file));
}

function compile(file) {
  const known = compiled.get(file);
  if (known) return known;
  const { code } = transformSync(fs.readFileSync(file, 'utf8'), {
    filename: file,
    swcrc: false,
    jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
    module: { type: 'commonjs' },
  });
  const made = vm.compileFunction(code, ['exports', 'require', 'module', '__filename', '__dirname'], { filename: file, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  compiled.set(file, made);
  return made;
}

module.exports = { createLoader };
