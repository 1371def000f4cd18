import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/**
 * The rooms of the house, lowest first: folders of src/ (the innermost that stands here) and its single files. Nothing imports
 * what stands above it. Above gate/ and library/ stands run/, so neither imports it.
 */
const ROOMS = [
  ...['errors', 'random', 'suggest', 'names', 'visible', 'version', 'processor-time'],
  ...['files', 'fetch'],
  ...['graph', 'onnx', 'input', 'datasets', 'import', 'engine', 'incremental', 'explain'],
  ...['metrics', 'perturbation', 'report'],
  ...['evaluation/families', 'experiment', 'evaluation', 'results'],
  ...['gate', 'compare', 'papers', 'library', 'run', 'queue', 'bench', 'cli', 'index'],
];

const SOURCES = fileURLToPath(new URL('../src', import.meta.url));

/** Files that run elsewhere: the report's scripts belong to a browser. */
const ELSEWHERE = /^report\/html\/client\//;

const IMPORT = /\b(?:from|import|import\(|new URL\()\s*'(\.[^']*\.js)'/g;

/** What is imported by what, types and the modules of worker threads and child processes included. */
const imports = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !ELSEWHERE.test(file))
  .sort()
  .flatMap((from) =>
    [...readFileSync(join(SOURCES, from), 'utf8').matchAll(IMPORT)].map(([, path = '']) => ({
      from,
      to: normalize(join(dirname(from), path)).replace(/\.js$/, '.ts'),
    })),
  );

/** The place of a file's room in the order; -1 where it has none. */
function placeOf(file: string): number {
  const own = ROOMS.filter((room) => file === `${room}.ts` || file.startsWith(`${room}/`));
  return ROOMS.indexOf(own.sort((a, b) => b.length - a.length)[0] ?? '');
}

describe('the rooms of src', () => {
  it('are all in the order', () => {
    expect(imports.length).toBeGreaterThan(1000);
    const files = new Set(imports.flatMap(({ from, to }) => [from, to]));
    expect([...files].filter((file) => placeOf(file) < 0)).toEqual([]);
  });

  it('import nothing from above', () => {
    const upward = imports.filter(({ from, to }) => placeOf(to) > placeOf(from));
    expect(upward.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });
});
