'use strict';
// Which conformance rows have a test, and which have none. A row is proven by a
// test whose title carries its id, or excused by a line in
// spec/conformance-exempt.json (by row id, or by section for a whole one).
//   node scripts/trace.js [--sections 1.1,1.2]
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');

const defaultSections = ['1.1', '1.2', '1.4', '1.5', '1.6', '1.7', '1.8', '1.9', '1.10', '1.11', '1.12', '1.13', '1.14', '1.17', '1.18', '1.19'];
const titleCalls = new Set(['it', 'test', 'describe', 'fit', 'fdescribe']);
const notRun = new Set(['skip', 'todo', 'failing']);

const root = path.join(__dirname, '..');
const readJson = (name) => JSON.parse(fs.readFileSync(path.join(root, name), 'utf8'));

const rows = readJson('spec/conformance.json');
const exempt = readJson('spec/conformance-exempt.json');
const known = new Set(rows.map(({ id }) => id));
const prefixes = [...new Set(rows.map(({ id }) => id.split('-')[0]))];
const idPattern = new RegExp(`\\b(?:${prefixes.join('|')})-\\d+\\b`, 'g');

/** The words it, test, describe … at the root of a call, with the modifiers after it; undefined for other calls. */
function calledWords(expression, modifiers = []) {
  if (ts.isIdentifier(expression)) return titleCalls.has(expression.text) ? modifiers : undefined;
  if (ts.isPropertyAccessExpression(expression)) {
    return calledWords(expression.expression, [expression.name.text, ...modifiers]);
  }
  if (ts.isCallExpression(expression)) return calledWords(expression.expression, modifiers);
  if (ts.isTaggedTemplateExpression(expression)) return calledWords(expression.tag, modifiers);
  return undefined;
}

/** All literal text of a title, whether plain, joined with + or a template. */
function literalText(node) {
  const pieces = [];
  const visit = (part) => {
    if (ts.isStringLiteralLike(part) || ts.isTemplateHead(part) || ts.isTemplateMiddleOrTemplateTail(part)) {
      pieces.push(part.text);
    }
    ts.forEachChild(part, visit);
  };
  visit(node);
  return pieces.join(' ');
}

function titlesIn(file) {
  const source = ts.createSourceFile(file, fs.readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const titles = [];
  const visit = (node, asleep) => {
    let skipped = asleep;
    if (ts.isCallExpression(node) && node.arguments.length > 0) {
      const modifiers = calledWords(node.expression);
      if (modifiers !== undefined) {
        skipped = asleep || modifiers.some((modifier) => notRun.has(modifier));
        const isTable = modifiers.at(-1) === 'each' && !ts.isCallExpression(node.expression) && !ts.isTaggedTemplateExpression(node.expression);
        if (!skipped && !isTable) titles.push(literalText(node.arguments[0]));
      }
    }
    ts.forEachChild(node, (child) => visit(child, skipped));
  };
  visit(source, false);
  return titles;
}

function testsById() {
  const folder = path.join(root, 'spec');
  const files = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.spec.ts'));
  const found = new Map();
  for (const file of files.sort()) {
    for (const title of titlesIn(path.join(folder, file))) {
      for (const [id] of title.matchAll(idPattern)) {
        found.set(id, (found.get(id) ?? new Set()).add(file));
      }
    }
  }
  return found;
}

function wantedSections(args) {
  const at = args.indexOf('--sections');
  const sections = at === -1 ? defaultSections : (args[at + 1] ?? '').split(',');
  const unknown = sections.filter((section) => !rows.some((row) => row.section === section));
  if (unknown.length > 0) throw new Error(`no such section: ${unknown.join(', ')}`);
  return sections;
}

function main() {
  const sections = wantedSections(process.argv.slice(2));
  const tests = testsById();
  const inScope = rows.filter(({ section }) => sections.includes(section));
  const problems = [];

  console.log(`Rows with a test (sections ${sections.join(', ')}):`);
  for (const { id, title } of inScope) {
    if (tests.has(id)) console.log(`  ${id.padEnd(6)} ${title}: ${[...tests.get(id)].join(', ')}`);
  }
  console.log('Rows without a test:');
  for (const { id, section, title } of inScope) {
    if (tests.has(id)) continue;
    const reason = exempt[id] ?? exempt[section];
    console.log(`  ${id.padEnd(6)} ${title}: ${reason ?? 'MISSING'}`);
    if (reason === undefined) problems.push(`${id} (${title}) has neither a test nor a reason`);
  }

  for (const id of tests.keys()) {
    if (!known.has(id)) problems.push(`${id} in a title of ${[...tests.get(id)].join(', ')} is not a row`);
  }
  for (const [key, reason] of Object.entries(exempt)) {
    const excused = rows.filter(({ id, section }) => id === key || section === key);
    if (excused.length === 0) problems.push(`${key} is exempt but is not a row or a section`);
    if (typeof reason !== 'string' || reason.trim() === '') problems.push(`${key} is exempt without a reason`);
    for (const { id } of excused) {
      if (tests.has(id)) problems.push(`${id} has a test and an exemption: remove one`);
    }
  }

  const proven = inScope.filter(({ id }) => tests.has(id)).length;
  console.log(`${proven} of ${inScope.length} rows have a test, ${problems.length} problems`);
  for (const problem of problems) console.log(`  ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}

try {
  main();
} catch (error) {
  console.error(`trace: ${error.message}`);
  process.exitCode = 1;
}
