import {
  consumersOf,
  type Graph,
  type GraphInput,
  inputOf,
  intOf,
  type Node,
  outputOf,
  producersOf,
  prune,
} from './graph.js';
import { movedNumbers } from './moved-numbers.js';
import { hasPlaces } from './operators/linear.js';
import { traitsOf } from './operators/table.js';
import { inferShapes } from './shapes.js';
import { sizeOf } from './tensor.js';

/** Patches of an image: a grid of equal cells, numbered row by row. */
export interface PatchGrid {
  readonly rows: number;
  readonly columns: number;
}

/** What the tokens of an attention are. */
export interface Tokens {
  readonly grid: PatchGrid;
  /** By token: the patch that it was made of; {@link NO_PATCH} for others, such as a class token. */
  readonly patches: readonly number[];
}

export const NO_PATCH = -1;

/** A node that computes what attention looks at: probabilities over tokens, [batch, ..., tokens, tokens], which weigh others. */
export function attentions(graph: Graph): Node[] {
  const shapes = inferShapes(graph);
  const consumers = consumersOf(graph);
  return graph.nodes.filter((node) => {
    if (node.op !== 'Softmax') return false;
    const value = outputOf(node);
    const shape = shapes.get(value) ?? [];
    const axis = intOf(node, 'axis', -1);
    const alongLast = axis === -1 || axis === shape.length - 1;
    const weighs = (consumers.get(value) ?? []).some(
      ({ op, inputs }) => op === 'MatMul' && inputs[0] === value,
    );
    return alongLast && weighs && shape.length > 2 && shape.at(-1) === shape.at(-2);
  });
}

/**
 * The patches that the first attention of an image network looks at; undefined where there is no attention, or its tokens are
 * no patches. Each row of its queries is followed back to the cell of the image that it was made of: by what moves numbers
 * ({@link movedNumbers}), to the output of the last convolution or pool (whose places share the image between them), or to a
 * dense layer that takes a square of pixels.
 */
export function tokensOf(graph: Graph): Tokens | undefined {
  const [first] = attentions(graph);
  const [input] = graph.inputs;
  if (!first || input?.shape.length !== 4) return undefined;
  const producers = producersOf(graph);
  let node = producers.get(inputOf(first));
  while (node && traitsOf(node).reads.kind === 'element')
    node = node.inputs.map((value) => producers.get(value)).find(Boolean);
  if (node?.op !== 'MatMul') return undefined;
  const queries = inputOf(node);
  const shapes = inferShapes(graph);
  const [count = 0, width = 0] = (shapes.get(queries) ?? []).slice(-2);
  const origin = originsOf(graph, input, prune(graph, [queries]).nodes).get(queries);
  const rows = origin && placewise(numbersOf(origin, sampleOf(shapes, queries)), width);
  return rows && { grid: origin.grid, patches: rows.slice(0, count) };
}

/** The cells that the elements of a value were made of. */
interface Origin {
  readonly grid: PatchGrid;
  /** One cell an element; absent where they are those of the last two axes. */
  readonly cells?: Float64Array;
}

type Shapes = ReturnType<typeof inferShapes>;

const sampleOf = (shapes: Shapes, value: string) => (shapes.get(value) ?? []).slice(1);

function originsOf(graph: Graph, input: GraphInput, nodes: readonly Node[]): Map<string, Origin> {
  const shapes = inferShapes(graph);
  const [rows = 0, columns = 0] = input.shape.slice(2);
  const origins = new Map<string, Origin>([[input.name, { grid: { rows, columns } }]]);
  for (const node of nodes) {
    const [value] = node.inputs.filter((name) => origins.has(name));
    const origin = value === undefined ? undefined : origins.get(value);
    const found = origin && after(node, value as string, origin, { graph, shapes, origins });
    if (found) origins.set(outputOf(node), found);
  }
  return origins;
}

interface Context {
  readonly graph: Graph;
  readonly shapes: Shapes;
  readonly origins: ReadonlyMap<string, Origin>;
}

/** The cells of a node's output, from those of what it reads; undefined where an element is made of several. */
function after(
  node: Node,
  value: string,
  origin: Origin,
  { graph, shapes, origins }: Context,
): Origin | undefined {
  const [from, to] = [sampleOf(shapes, value), sampleOf(shapes, outputOf(node))];
  const { kind, reads } = traitsOf(node);
  const isMap = origin.cells === undefined;
  if (reads.kind === 'window') {
    const [rows = 0, columns = 0] = to.slice(1);
    return isMap && to.length === 3 ? { grid: { rows, columns } } : undefined;
  }
  if (kind === 'move') {
    const parts = node.inputs
      .filter((name) => !graph.constants.has(name))
      .map((name) => {
        const own = origins.get(name);
        return own && alike(own.grid, origin.grid) ? numbersOf(own, sampleOf(shapes, name)) : undefined;
      });
    if (!parts.every((part) => part !== undefined)) return undefined;
    return { grid: origin.grid, cells: movedNumbers(graph, shapes, node, parts, NO_PATCH) };
  }
  const along = reads.kind === 'axis' ? intOf(node, 'axis', reads.fallback) : 0;
  if (reads.kind === 'element' || (isMap && along === 1)) return `${from}` === `${to}` ? origin : undefined;
  const overLast = hasPlaces(node) || along === -1 || along === from.length;
  return overLast ? together(origin, from, to.at(-1) as number) : undefined;
}

function alike(a: PatchGrid, b: PatchGrid): boolean {
  return a.rows === b.rows && a.columns === b.columns;
}

function numbersOf({ grid, cells }: Origin, sample: readonly number[]): Float64Array {
  if (cells) return cells;
  const places = grid.rows * grid.columns;
  return Float64Array.from({ length: sizeOf(sample) }, (_, i) => i % places);
}

/** Where each row of the last axis is made of one cell: which. */
function placewise(cells: Float64Array, width: number): number[] | undefined {
  const rows: number[] = [];
  for (let at = 0; at < cells.length; at += width) {
    const cell = cells[at] as number;
    if (cells.subarray(at, at + width).some((other) => other !== cell)) return undefined;
    rows.push(cell);
  }
  return rows;
}

/** The origin of what takes all of the last axis together: the same cells, or larger ones of which each row has one whole. */
function together(origin: Origin, sample: readonly number[], width: number): Origin | undefined {
  const cells = numbersOf(origin, sample);
  const size = sample.at(-1) as number;
  const repeated = (rows: readonly number[]) => Float64Array.from({ length: rows.length * width }, (_, i) => rows[Math.floor(i / width)] as number); // biome-ignore format: one line
  const same = placewise(cells, size);
  if (same) return { grid: origin.grid, cells: repeated(same) };
  const { rows, columns } = origin.grid;
  let block: PatchGrid | undefined;
  const merged: { top: number; left: number }[] = [];
  for (let at = 0; at < cells.length; at += size) {
    const own = [...new Set(cells.subarray(at, at + size))];
    if (own.includes(NO_PATCH)) return undefined;
    const [down, across] = [own.map((cell) => Math.floor(cell / columns)), own.map((cell) => cell % columns)];
    const [top, left] = [Math.min(...down), Math.min(...across)];
    const found = { rows: Math.max(...down) - top + 1, columns: Math.max(...across) - left + 1 };
    block ??= found;
    if (!alike(found, block) || own.length !== block.rows * block.columns) return undefined;
    merged.push({ top: top / block.rows, left: left / block.columns });
  }
  if (!block || rows % block.rows !== 0 || columns % block.columns !== 0) return undefined;
  if (!merged.every(({ top, left }) => Number.isInteger(top) && Number.isInteger(left))) return undefined;
  const grid = { rows: rows / block.rows, columns: columns / block.columns };
  return { grid, cells: repeated(merged.map(({ top, left }) => top * grid.columns + left)) };
}
