import { readFileSync } from 'node:fs';

/**
 * The examples of a README as one program: all imports first, then what the examples take for
 * given, then each example. In blocks of their own, examples may use the same names again.
 */
export function readmeProgram(
  path: string,
  { given, apart }: { readonly given: string; readonly apart: boolean },
): string {
  const examples = [...readFileSync(path, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(
    ([, code = '']) => code,
  );
  if (examples.length === 0) throw new Error(`${path} has no examples.`);
  const imports = new Map<string, Set<string>>();
  const bodies = examples.map((code) =>
    code.replace(IMPORT, (_, names: string, from: string) => {
      const all = imports.get(from) ?? new Set();
      for (const name of names.split(',')) if (name.trim() !== '') all.add(name.trim());
      imports.set(from, all);
      return '';
    }),
  );
  return [
    ...[...imports].map(([from, names]) => `import { ${[...names].join(', ')} } from '${from}';`),
    given,
    ...bodies.map((body) => (apart ? `{\n${body}}\n` : body)),
  ].join('\n');
}

const IMPORT = /^import \{([^}]*)\} from '([^']+)';\n/gm;
