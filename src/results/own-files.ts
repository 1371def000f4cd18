import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { FAMILIES } from '../evaluation/families/table.js';

/** The files of a run by name, and the endings of those in its folders: all that it writes, and so all that is deleted. */
const FILES = new Set([
  'journal.jsonl',
  'run.json',
  'selection.json',
  'timings.csv',
  'summary.json',
  'report.html',
  'ranks.csv',
  'agreement.csv',
  ...FAMILIES.flatMap(({ lists = [], tables }) => [...lists, ...tables].map(({ file }) => file)),
]);
const FOLDERS: Readonly<Record<string, RegExp>> = { heatmaps: /\.(npy|png)$/, plots: /\.(png|svg)$/ };

/** The paths, below a results directory, of what a run wrote there. */
export async function ownFiles(directory: string): Promise<string[]> {
  const own: string[] = [];
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const ending = Object.hasOwn(FOLDERS, entry.name) ? FOLDERS[entry.name] : undefined;
    if (entry.isFile() && FILES.has(entry.name)) own.push(entry.name);
    if (entry.isDirectory() && ending) own.push(...(await filesBelow(directory, entry.name, ending)));
  }
  return own;
}

async function filesBelow(directory: string, folder: string, ending: RegExp): Promise<string[]> {
  const entries = await readdir(join(directory, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && ending.test(entry.name))
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

/** The folders that a run makes in a results directory, those inside before those around them. */
export async function ownFolders(directory: string): Promise<string[]> {
  const own: string[] = [];
  for (const folder of Object.keys(FOLDERS)) {
    const stats = await lstat(join(directory, folder)).catch(() => undefined);
    if (!stats?.isDirectory()) continue;
    const entries = await readdir(join(directory, folder), { recursive: true, withFileTypes: true });
    const inside = entries.filter((entry) => entry.isDirectory());
    own.push(folder, ...inside.map((entry) => relative(directory, join(entry.parentPath, entry.name))));
  }
  return own.sort((a, b) => b.length - a.length);
}
