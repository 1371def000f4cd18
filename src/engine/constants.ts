import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { isSystemError } from '../errors.js';
import { makeScratch, removeScratch } from '../files/scratch.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';
import { type Place, toOnnxApart } from '../onnx/encode.js';
import { type ModelSettings, SMALL_IN_FILE } from './settings.js';

/** A model, and what its session is opened and run with. */
export interface Model {
  readonly bytes: Uint8Array;
  readonly settings: ModelSettings;
  /** Constants that lie neither in it nor in a file. */
  readonly externalData?: { path: string; data: Uint8Array }[];
  /** Inputs that are the same at every run. */
  readonly feeds?: Readonly<Record<string, Tensor>>;
  /** To be called once the session is open. */
  release(): void;
}

/**
 * A graph as a model whose large constants are not in it. In a file that a session maps, they need no memory while it opens,
 * and never where it uses them as they are; there is none where no file can be written (a full disk, a read-only system).
 */
export function keepConstants(graph: Graph, inFile: boolean): Model {
  if (!inFile) return inMemory(graph);
  try {
    return inTemporaryFile(graph);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return inMemory(graph);
  }
}

/** Constants of fewer bytes stay in a model whose other ones are in memory. */
const SMALL_IN_MEMORY = 2 ** 10;
/** What is mapped begins at a page. */
const PAGE = 2 ** 12;

/** The session copies them while it opens. */
function inMemory(graph: Graph): Model {
  const externalData: { path: string; data: Uint8Array }[] = [];
  const bytes = toOnnxApart(graph, SMALL_IN_MEMORY, (data) => {
    const path = `constant${externalData.length}`;
    externalData.push({ path, data });
    return { path, offset: 0 };
  });
  return { bytes, settings: {}, externalData, release: () => {} };
}

/**
 * The file goes when its session is open: what is mapped stays.
 * @param place puts some of the constants, by name, into the folder of that file
 */
export function inTemporaryFile(
  graph: Graph,
  place: (folder: string) => ReadonlyMap<string, Place> = () => new Map(),
): Model {
  const folder = makeScratch();
  const release = () => removeScratch(folder);
  try {
    const bytes = writeConstants(graph, folder, 'constants', place(folder));
    return { bytes, settings: { folder }, release };
  } catch (error) {
    release();
    throw error;
  }
}

/** Writes large constants of a graph that are not `placed` to a new file of a folder; returns the model without them. */
export function writeConstants(
  graph: Graph,
  folder: string,
  path: string,
  placed?: ReadonlyMap<string, Place>,
): Uint8Array {
  const file = openSync(join(folder, path), 'wx', 0o600);
  try {
    let end = 0;
    const put = (bytes: Uint8Array) => {
      const offset = Math.ceil(end / PAGE) * PAGE;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, offset + at);
      end = offset + bytes.length;
      return { path, offset };
    };
    return toOnnxApart(graph, SMALL_IN_FILE, put, placed);
  } catch (error) {
    rmSync(join(folder, path), { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}
