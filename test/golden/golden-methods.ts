import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { onnxruntime } from '../../src/engine/onnxruntime.js';
import { type Pass, Passes } from '../../src/explain/attributions/passes.js';
import { createExplainers, type Explained } from '../../src/explain/explainer.js';
import type { OwnMethods } from '../../src/explain/own-methods.js';
import { readNpy } from '../../src/files/npy.js';
import { loadNetwork, type Network } from '../../src/import/network.js';
import { relativeError } from '../explain/networks.js';
import { hasShared, shared } from '../shared.js';

/** A reference result: an array, or the sums of its 9x9 blocks. */
export interface Reference {
  readonly shape: readonly number[];
  readonly sum: number;
  readonly l2: number;
  /** Relative L2 error that float32 may have. */
  readonly tol: number | null;
  readonly file?: string;
  readonly blocks9?: string;
}

export interface GoldenCase {
  readonly input: string;
  readonly target: number;
  readonly logit: number;
  readonly given: Readonly<Record<string, readonly number[]>>;
  readonly methods: Readonly<Record<string, Reference>>;
}

/** Every case of `golden-methods`, by network. */
export const GOLDEN: readonly (readonly [string, Readonly<Record<string, GoldenCase>>])[] = hasShared
  ? Object.entries(JSON.parse(readFileSync(shared('golden-methods', 'index.json'), 'utf8')))
  : [];

const REAL = ['bvlc_googlenet', 'squeezenet_v1.1'];

export const isReal = (name: string) => REAL.includes(name);

export function goldenNetwork(name: string): Promise<Network> {
  if (!isReal(name)) return loadNetwork({ weights: shared('golden', name, 'model.onnx') });
  return loadNetwork({
    weights: shared('models', name, `${name}.caffemodel`),
    prototxt: shared('models', name, 'deploy.prototxt'),
  });
}

export const inputOfCase = ({ input }: GoldenCase) => readNpy(shared(input)).data;

/** One of the fixed draws, which lie beside the first case of a network. */
export function given(name: string, cases: Readonly<Record<string, GoldenCase>>, what: string): Float32Array {
  return readNpy(shared('golden-methods', name, `${Object.keys(cases)[0]}.given.${what}.npy`)).data;
}

/** Every method of one case. */
export async function explainCase(
  network: Network,
  golden: GoldenCase,
  methods: readonly string[],
  composites: OwnMethods = {},
  { black = [], scale = 1 }: { black?: readonly number[]; scale?: number } = {},
): Promise<Explained[]> {
  const range = black.length > 0 && { low: black, high: black };
  const set = await createExplainers(onnxruntime, network, methods, { composites, ...range });
  const request = {
    id: 'x',
    input: inputOfCase(golden).map((value) => value * scale),
    target: golden.target,
  };
  const found = await set.explain([request]);
  await set.release();
  return found.map(([explained]) => explained as Explained);
}

/** What pixel value 0 becomes. */
export const blackOf = (name: string) => (isReal(name) ? [-104, -117, -123] : [-1]);

/** Loads what `ask` asks for, and gives it to `use`. */
export async function withPasses<T>(
  network: Network,
  ask: (passes: Passes) => Pass,
  use: (pass: Pass) => Promise<T>,
): Promise<T> {
  const passes = new Passes(network, {});
  const pass = ask(passes);
  await passes.load(onnxruntime);
  const result = await use(pass);
  await passes.release();
  return result;
}

/** The parts of an array of draws, one behind the other. */
export function drawsOf(all: Float32Array, size: number): Float32Array[] {
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** Relative L2 error of what was computed; NaN-free by construction of the references. */
export function errorOf(computed: ArrayLike<number>, reference: Reference): number {
  if (reference.file) return relativeError(computed, readNpy(shared('golden-methods', reference.file)).data);
  const blocks = readNpy(shared('golden-methods', reference.blocks9 as string)).data;
  return relativeError(blockSums(computed, reference.shape), blocks);
}

/** Sums over whole 9x9 regions from the top left, channels summed. */
function blockSums(values: ArrayLike<number>, shape: readonly number[]): Float64Array {
  const [rows = 1, columns = 1] = shape.slice(-2);
  const [down, across] = [Math.floor(rows / 9), Math.floor(columns / 9)];
  const sums = new Float64Array(down * across);
  for (let i = 0; i < values.length; i++) {
    const place = i % (rows * columns);
    const [y, x] = [Math.floor(Math.floor(place / columns) / 9), Math.floor((place % columns) / 9)];
    if (y >= down || x >= across) continue;
    sums[y * across + x] = (sums[y * across + x] as number) + (values[i] as number);
  }
  return sums;
}

/** Compares what was computed with the references of these names, within the tolerance that each of them states. */
export function expectGolden(golden: GoldenCase, computed: ReadonlyMap<string, ArrayLike<number>>): void {
  const errors = [...computed].map(([name, values]) => {
    const reference = golden.methods[name] as Reference;
    return { name, error: errorOf(values, reference), tolerance: reference.tol ?? 1e-3 };
  });
  if (process.env.HEATPROOF_PRINT) console.table(errors);
  for (const { name, error, tolerance } of errors) expect(error, name).toBeLessThanOrEqual(tolerance);
}
