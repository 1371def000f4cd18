import { LIMITS } from '../../src/files/limits.js';

const INTRODUCTION = `# Limits

What files and configs may hold or ask for, far beyond anything real: it keeps a small file from taking all memory, or
hours. What is beyond ends with one line that names the file and the limit (\`npm run docs\` writes this page from
\`src/files/limits.ts\`). Pipes and devices are never opened, and nesting, names and counts are limited before anything is
built from them.

External weights of an ONNX file are read from regular files in the network's folder or below it. A link counts as what it
leads to: it may lead to that folder, or to the one where the network's own file really lies (downloads are often links
into a store), and to nowhere else, since a network from elsewhere must not read files of yours.
`;

/** docs/limits.md: every limit, with its number. */
export function limitsReference(): string {
  const rows = Object.values(LIMITS).map(
    ({ what, most, unit }) => `| ${what} | ${most.toLocaleString('en-US')} | ${unit} |`,
  );
  return `${INTRODUCTION}\n| limit | at most | of |\n|---|---|---|\n${rows.join('\n')}\n`;
}
