import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../graph/tensor.js';

/** Runs graphs. The only place where numbers are computed from networks. */
export interface Engine {
  /** Name and version, for run.json. */
  readonly name: string;
  /** Prepares a graph for running; throws when the engine cannot run it. */
  load(graph: Graph, options?: LoadOptions): Promise<Session>;
}

/** An engine whose package need not be there, or may lack a binary for this machine. */
export interface InstalledEngine extends Engine {
  /** Loads the package. @throws InputError that says why that fails, and what to do */
  ready(): Promise<void>;
}

/** Threads of a process that load the same graphs, and keep what it takes for all of them in a folder. */
export interface Threads {
  readonly count: number;
  /** Nobody but they write to it. */
  readonly folder: string;
}

export interface LoadOptions {
  /**
   * Whether a session keeps its working memory between runs (the default): faster for large batches, but memory that no
   * other session can use. Better not for many sessions that run in turn on small batches.
   */
  keepMemory?: boolean;
  /** The threads that load the same graphs. Graphs of few weights, and engines that map no files, do without. */
  threads?: Threads | undefined;
}

export interface Session {
  /**
   * Runs one batch. Every feed's first dimension is the batch; outputs are keyed by the graph's output names.
   * @param into tensors that the outputs of these names are written into, instead of new ones
   */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    into?: Readonly<Record<string, Tensor>>,
  ): Promise<Record<string, Tensor>>;
  /** Frees what the session holds outside JavaScript's heap. */
  release(): Promise<void>;
}
