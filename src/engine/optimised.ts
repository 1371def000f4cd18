import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Graph } from '../graph/graph.js';
import { byteLengthOf } from '../graph/tensor.js';
import { toOnnxApart } from '../onnx/encode.js';
import { type Model, writeConstants } from './constants.js';
import { madeOnce } from './made-once.js';
import { CONSTANTS, OPTIMISED, SOURCE } from './optimised-files.js';
import { SMALL_IN_FILE } from './settings.js';

const JOB = fileURLToPath(new URL('./optimise-job.js', import.meta.url));

/** Bytes of constants that are worth a process of a third of a second. */
const WORTHWHILE = 2 ** 24;

/**
 * A graph as the runtime runs it, with its weights in the order in which kernels read them, in files that all threads map: so
 * these weights are in memory once, however many sessions use them. The first thread that asks has it made, the others wait.
 * That is done by a process of its own, whose memory the system gets back.
 *
 * @param folder that nobody but threads of this process writes to
 * @returns undefined where that is not worthwhile, or cannot be done (a full disk, no second process)
 */
export async function optimisedModel(graph: Graph, folder: string): Promise<Model | undefined> {
  if (constantBytes(graph) < WORTHWHILE) return undefined;
  const made = await madeOnce(folder, keyOf(graph), (own) => make(graph, own));
  if (made === undefined) return undefined;
  const bytes = readFileSync(join(made, OPTIMISED));
  return { bytes, settings: { folder: made, optimised: true }, release: () => {} };
}

function constantBytes({ constants }: Graph): number {
  return [...constants.values()].reduce((sum, tensor) => sum + byteLengthOf(tensor), 0);
}

/** Equal for graphs that compute the same with the same constants. */
function keyOf(graph: Graph): string {
  const hash = createHash('sha256');
  const model = toOnnxApart(graph, SMALL_IN_FILE, (bytes) => {
    hash.update(bytes);
    return { path: CONSTANTS, offset: 0 };
  });
  return hash.update(model).digest('hex');
}

async function make(graph: Graph, own: string): Promise<void> {
  writeFileSync(join(own, SOURCE), writeConstants(graph, own, CONSTANTS));
  await promisify(execFile)(process.execPath, [JOB, own]);
  for (const file of [SOURCE, CONSTANTS]) rmSync(join(own, file));
}
