/**
 * Writes the types in src/gql, and the code on the page docs/frontend.md; with --check it says what
 * is not up to date. In a project of your own, `graphql-codegen --config codegen.json` does the
 * first part.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { preset } from '@graphql-codegen/client-preset';
import { codegen } from '@graphql-codegen/core';
import { buildSchema, parse } from 'graphql';
import { format, resolveConfig } from 'prettier';

const here = dirname(fileURLToPath(import.meta.url));
const repository = join(here, '..', '..');
const page = join(repository, 'docs', 'frontend.md');

const written = new Map();
for (const [name, text] of await generateTypes()) written.set(join(here, name), text);
if (existsSync(page)) written.set(page, withCode(readFileSync(page, 'utf8')));

for (const [path, text] of written) {
  const before = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (before === text) continue;
  const name = relative(repository, path);
  if (process.argv.includes('--check')) {
    process.stderr.write(`${name} is old: run npm run print-schema\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    process.stdout.write(`wrote ${name}\n`);
  }
}

async function generateTypes() {
  const { schema, generates } = JSON.parse(readFileSync(join(here, 'codegen.json'), 'utf8'));
  const schemaAst = buildSchema(readFileSync(join(here, schema), 'utf8'));
  const documents = readdirSync(join(here, 'src'))
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => {
      const rawSDL = readFileSync(join(here, 'src', name), 'utf8');
      return { location: name, rawSDL, document: parse(rawSDL) };
    });
  const files = [];
  for (const [folder, { config, presetConfig }] of Object.entries(generates)) {
    const sections = await preset.buildGeneratesSection({
      baseOutputDir: folder,
      schema: parse(readFileSync(join(here, schema), 'utf8')),
      schemaAst,
      documents,
      config,
      presetConfig,
      plugins: [],
      pluginMap: {},
    });
    const options = await resolveConfig(join(here, 'generate.mjs'));
    for (const section of sections) {
      const text = await codegen(section);
      files.push([section.filename, await format(text, { ...options, parser: 'typescript' })]);
    }
  }
  return files;
}

/** Each block below a line `<!-- path -->` holds that file, without its imports where it says so. */
function withCode(text) {
  return text.replace(
    /(<!-- code: (\S+) -->\n\n```(\w+)\n)[\s\S]*?(\n```\n)/g,
    (_, before, path, language, after) =>
      `${before}${readFileSync(join(repository, path), 'utf8').trimEnd()}${after}`,
  );
}
