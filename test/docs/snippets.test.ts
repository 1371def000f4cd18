import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { experimentSchema, networkSchema } from '../../src/experiment/config.js';
import { hasShared, needsShared } from '../shared.js';
import { type Block, blocksOf, DOCUMENTS } from './blocks.js';
import { makeWorkspace } from './workspace.js';

const run = promisify(execFile);
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const IMAGES = 2;

/** Runs commands as a reader would, with few images. */
async function runCommands(text: string, folder: string): Promise<void> {
  const short = text.replace(/--limit \d+/g, `--limit ${IMAGES}`);
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  await run('bash', ['-euo', 'pipefail', '-c', short], { cwd: folder, env });
}

/** What is done with a block, by language. `before` are the settings of earlier blocks. */
const EXECUTE: Record<string, (block: Block, folder: string, before: string) => Promise<void>> = {
  async sh({ text }, folder, before) {
    await runCommands(`${before}\n${text}`, folder);
  },

  /** Types are checked as TypeScript; the same text runs as JavaScript in test/package.test.ts. */
  async ts({ text, line }, folder) {
    writeFileSync(join(folder, `snippet-${line}.mts`), `${text}\nexport {};\n`);
  },

  /** A named file is written for the commands that follow; a workflow's own commands run at once. */
  async yaml({ text }, folder) {
    const [, name] = /^# (\S+\.ya?ml)\n/.exec(text) ?? [];
    const content = parse(text);
    if (name === undefined) return expect(content).toBeNull();
    if ('jobs' in content) {
      const steps: { run?: string }[] = content.jobs.gate.steps;
      const commands = steps.flatMap((step) => (step.run && !step.run.startsWith('npm ') ? [step.run] : []));
      return runCommands(['export GITHUB_STEP_SUMMARY=summary.md', ...commands].join('\n'), folder);
    }
    ('dataset' in content ? experimentSchema : networkSchema).parse(content);
    writeFileSync(join(folder, name), text);
  },
};

describe.each(DOCUMENTS)('%s', (document) => {
  const blocks = blocksOf(document);
  let folder: string | undefined;
  const workspace = () => {
    folder ??= makeWorkspace();
    if (!folders.includes(folder)) folders.push(folder);
    return folder;
  };

  for (const block of blocks) {
    const { line, language, text, marker } = block;
    const first = text.split('\n')[0];
    if (marker.startsWith('not run here: ')) {
      it.skip(`line ${line}: ${first} (${marker})`);
    } else if (marker.startsWith('from ')) {
      it(`line ${line} is quoted from ${marker.slice(5)}`, () => {
        expect(readFileSync(marker.slice(5), 'utf8')).toContain(text);
      });
    } else {
      const real = marker === 'real data';
      it.skipIf(real && !hasShared)(`line ${line}: ${first}${real ? needsShared : ''}`, async () => {
        expect(['', 'real data']).toContain(marker);
        expect(Object.keys(EXECUTE)).toContain(language);
        const settings = blocks
          .filter((earlier) => earlier.line < line && earlier.language === 'sh')
          .flatMap((earlier) => earlier.text.split('\n').filter((one) => one.startsWith('export ')));
        await EXECUTE[language]?.(block, workspace(), settings.join('\n'));
      });
    }
  }

  const typed = blocks.filter(({ language, marker }) => language === 'ts' && marker === '');
  it.skipIf(typed.length === 0)('its TypeScript has no type errors', async () => {
    const options = {
      module: 'NodeNext',
      target: 'ES2022',
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
      typeRoots: [resolve('node_modules/@types')],
      types: ['node'],
    };
    writeFileSync(
      join(workspace(), 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, include: ['*.mts'] }),
    );
    const result = await run(resolve('node_modules/.bin/tsc'), ['-p', '.'], { cwd: workspace() }).catch(
      (e) => e,
    );
    expect(result.stdout).toBe('');
  });

  it('has no broken links', () => {
    const text = readFileSync(document, 'utf8').replace(/```[\s\S]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link as string);
    for (const link of links.filter((one) => !/^https?:/.test(one))) {
      const [path, anchor] = link.split('#') as [string, string?];
      const file = path === '' ? document : join(dirname(document), path);
      if (anchor === undefined) readableOrFolder(file);
      else expect(anchorsOf(file), link).toContain(anchor);
    }
  });
});

function readableOrFolder(path: string): void {
  expect(() => readFileSync(path), path).not.toThrow(/ENOENT/);
}

/** The anchors that headings get: lower case, without punctuation, hyphens for spaces. */
function anchorsOf(path: string): string[] {
  const headings = readFileSync(path, 'utf8').matchAll(/^#+ (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}
