import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A fenced block of a document, with the comment in the line before it, which says how a test treats it. */
export interface Block {
  readonly line: number;
  readonly language: string;
  readonly text: string;
  readonly marker: string;
}

/** Every document for users, as a path from the root of the project. */
export const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

/** The fenced blocks of a document, in order. */
export function blocksOf(document: string): Block[] {
  const lines = readFileSync(document, 'utf8').split('\n');
  const fences = lines.flatMap((line, i) => (line.startsWith('```') ? [i] : []));
  if (fences.length % 2 === 1) throw new Error(`${document}: a block is not closed`);
  return fences.flatMap((start, i) => {
    if (i % 2 === 1) return [];
    const before = /^<!-- (.*) -->$/.exec(lines[start - 1] ?? '');
    return [
      {
        line: start + 1,
        language: (lines[start] as string).slice(3),
        text: lines.slice(start + 1, fences[i + 1]).join('\n'),
        marker: before?.[1] ?? '',
      },
    ];
  });
}
