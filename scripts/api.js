'use strict';
// The public API as text, from the types, so that a change of it shows in review: a reference of every entry with its
// docstrings (docs/api/README.md), and with --report API Extractor's report of the main one (docs/api/index.api.md).
//   node scripts/api.js [--report]           compares with what is checked in; exit code 1 where it differs
//   node scripts/api.js [--report] --write   brings it in line
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const ts = require('typescript');
const entries = require('./entries');

const root = path.join(__dirname, '..');
const write = process.argv.includes('--write');
const packageName = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')).name;
fs.mkdirSync(path.join(root, 'reports'), { recursive: true });
const work = fs.mkdtempSync(path.join(root, 'reports', 'api-'));
const types = path.join(work, 'types');
const out = path.join(root, 'docs', 'api');
const nameOf = (subpath) => (subpath === '.' ? packageName : path.posix.join(packageName, subpath));
const problems = [];

function declareTypes() {
  const args = ['-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', types];
  execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), ...args], { cwd: root, stdio: 'inherit' });
}

function report({ source }) {
  const { Extractor, ExtractorConfig } = require('@microsoft/api-extractor');
  const config = ExtractorConfig.loadFile(path.join(root, 'api-extractor.json'));
  config.projectFolder = root;
  config.mainEntryPointFilePath = path.join(types, `${source}.d.ts`);
  config.apiReport.reportFileName = 'index.api.md';
  config.apiReport.reportFolder = out;
  config.apiReport.reportTempFolder = work;
  const extractorConfig = ExtractorConfig.prepare({ configObject: config, configObjectFullPath: path.join(root, 'api-extractor.json'), packageJsonFullPath: path.join(root, 'package.json') });
  const result = Extractor.invoke(extractorConfig, {
    localBuild: write,
    messageCallback: (message) => { if (message.logLevel !== 'error') message.logLevel = 'none'; },
  });
  if (result.apiReportChanged && !write) problems.push(`docs/api/${config.apiReport.reportFileName}`);
}

const textOf = (parts) => ts.displayPartsToString(parts).trim();

/** One exported name: its docstring, and its declarations as the compiler writes them, without their docstrings. */
function describe(checker, symbol, printer) {
  const meant = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const declarations = (meant.declarations ?? []).map((node) => (ts.isVariableDeclaration(node) ? node.parent.parent : node));
  const code = [...new Set(declarations.map((node) => printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/^\/\*\*[^]*?\*\/\s*/, '').replace(/^(export )?(declare )?/, '')))];
  const tags = meant.getJsDocTags(checker).map(({ name, text }) => `- \`${name}\` ${textOf(text)}`);
  return [`### ${symbol.name}`, textOf(meant.getDocumentationComment(checker)), tags.join('\n'), `\`\`\`ts\n${code.join('\n')}\n\`\`\``].filter(Boolean).join('\n\n');
}

function reference() {
  const files = entries.map(({ source }) => path.join(types, `${source}.d.ts`));
  const program = ts.createProgram(files, { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, types: ['node'], skipLibCheck: true });
  const checker = program.getTypeChecker();
  const printer = ts.createPrinter();
  const sections = entries.map(({ subpath }, at) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(files[at]));
    const names = checker.getExportsOfModule(module).sort((one, other) => (one.name < other.name ? -1 : 1));
    return [`## ${nameOf(subpath)}`, ...names.map((symbol) => describe(checker, symbol, printer))].join('\n\n');
  });
  return `# API reference\n\nMade from the types by \`npm run api -- --write\`. The [options](../options.md) and [errors](../errors.md) have pages of their own.\n\n${sections.join('\n\n')}\n`;
}

function compare(file, text) {
  const there = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (there === text) return;
  if (write) fs.writeFileSync(file, text);
  else problems.push(path.relative(root, file));
}

try {
  fs.mkdirSync(out, { recursive: true });
  declareTypes();
  if (process.argv.includes('--report')) report(entries[0]);
  compare(path.join(out, 'README.md'), reference());
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
for (const file of problems) console.error(`${file} is not what the types say: run npm run api -- --report --write and look at the difference`);
process.exitCode = problems.length > 0 ? 1 : 0;
