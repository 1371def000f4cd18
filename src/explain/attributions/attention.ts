import { InputError } from '../../errors.js';
import { consumersOf, nodesBehind, outputOf } from '../../graph/graph.js';
import { attentions, NO_PATCH, type PatchGrid, type Tokens, tokensOf } from '../../graph/patches.js';
import { inferShapes } from '../../graph/shapes.js';
import type { Network } from '../../import/network.js';
import type { InputLayout } from '../../input/layout.js';
import { GRADIENT } from '../composites.js';
import { cutsToken } from '../inner/class-token.js';
import type { Attribution } from './attribution.js';

/** How the attention of a network becomes one number a patch. */
export type AttentionKind = keyof typeof ROWS;

/** What a block's heads are together, [tokens, tokens], from probabilities A and the gradient g of the logit there. */
interface Block {
  readonly tokens: number;
  /** mean over heads of f(A, g) */
  mean(f: (probability: number, gradient: number) => number): Float64Array;
}

/** The row of the class token over all tokens, by the blocks from the first to the last. */
type Row = (blocks: readonly Block[], token: number) => Float64Array;

const ROWS = {
  /** Of the last block alone. */
  raw: (blocks, token) => {
    const { tokens, mean } = blocks.at(-1) as Block;
    return mean((probability) => probability).slice(token * tokens, (token + 1) * tokens);
  },
  /** The product of all A + I, their rows divided by their sums (Abnar and Zuidema 2020, section 3). */
  rollout: (blocks, token) =>
    backwards(blocks, token, ({ tokens, mean }) => {
      const joint = mean((probability) => probability);
      for (let row = 0; row < tokens; row++) {
        const own = joint.subarray(row * tokens, (row + 1) * tokens);
        own[row] = (own[row] as number) + 1;
        const sum = own.reduce((total, value) => total + value, 0);
        for (let column = 0; column < tokens; column++) own[column] = (own[column] as number) / sum;
      }
      return joint;
    }),
  /** R = I, then R <- R + mean of (g A)+ times R, block by block (Chefer et al. 2021b, equations 5 and 6). */
  generic: (blocks, token) =>
    backwards(blocks, token, ({ tokens, mean }) => {
      const joint = mean((probability, gradient) => Math.max(probability * gradient, 0));
      for (let row = 0; row < tokens; row++)
        joint[row * tokens + row] = (joint[row * tokens + row] as number) + 1;
      return joint;
    }),
} satisfies Record<string, Row>;

/** A row of the product M_last ... M_first of the blocks' matrices, from the left: one row is all that is needed. */
function backwards(
  blocks: readonly Block[],
  token: number,
  matrixOf: (block: Block) => Float64Array,
): Float64Array {
  const { tokens } = blocks[0] as Block;
  let row: Float64Array = new Float64Array(tokens);
  row[token] = 1;
  for (const block of blocks.toReversed()) {
    const matrix = matrixOf(block);
    const next = new Float64Array(tokens);
    row.forEach((weight, from) => {
      if (weight === 0) return;
      for (let to = 0; to < tokens; to++)
        next[to] = (next[to] as number) + weight * (matrix[from * tokens + to] as number);
    });
    row = next;
  }
  return row;
}

/**
 * The attention that the class token pays to patches, over all blocks or the last one. Numbers are one a patch, spread evenly over
 * its pixels, so that a patch's sum is its number.
 */
export function attention(kind: AttentionKind): Attribution {
  const row: Row = ROWS[kind];
  const needsGradients = kind === 'generic';
  return {
    definition: () => ({
      kind: `attention ${kind}`,
      heads: 'mean',
      tokens: 'row of the class token, without it',
      resolution: 'patches; each number is spread evenly over its pixels',
      ...(needsGradients && { start: 'one' }),
    }),
    prepare(passes) {
      const seen = seenByClassToken(passes.network);
      const values = kind === 'raw' ? seen.values.slice(-1) : seen.values;
      const gradients = needsGradients
        ? passes.backwardTo({ composite: GRADIENT, start: 'one' }, values)
        : [];
      const asked = values.map((value, i) => ({
        probabilities: passes.value(value),
        gradients: gradients[i],
      }));
      const { tokens, classToken, patches, grid } = seen;
      return (requests, maps) =>
        requests.map((_, r) => {
          const blocks = asked.map(({ probabilities, gradients = '' }) =>
            blockOf(tokens, maps.get(probabilities)?.[r] as Float32Array, maps.get(gradients)?.[r]),
          );
          const all = row(blocks, classToken);
          const numbers = new Float64Array(grid.rows * grid.columns);
          for (const [token, patch] of patches.entries())
            if (patch !== NO_PATCH) numbers[patch] = all[token] as number;
          return { relevance: spread(numbers, grid, passes.network.layout), channels: 1 };
        });
    },
  };
}

function blockOf(tokens: number, probabilities: Float32Array, gradients = probabilities): Block {
  const size = tokens * tokens;
  const heads = probabilities.length / size;
  return {
    tokens,
    mean(f) {
      const joint = new Float64Array(size);
      for (const [i, probability] of probabilities.entries())
        joint[i % size] = (joint[i % size] as number) + f(probability, gradients[i] as number) / heads;
      return joint;
    },
  };
}

/** Each patch's number over its pixels, in equal parts; pixels beyond the last patch get nothing. */
function spread(numbers: Float64Array, grid: PatchGrid, { rows, columns }: InputLayout): Float32Array {
  const [height, width] = [Math.floor(rows / grid.rows), Math.floor(columns / grid.columns)];
  return Float32Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns / height), Math.floor((place % columns) / width)];
    const within = row < grid.rows && column < grid.columns;
    return within ? (numbers[row * grid.columns + column] as number) / (height * width) : 0;
  });
}

/** What the class token of a network pays attention to. */
interface Seen {
  /** The probabilities of each block, from the first to the last. */
  readonly values: readonly string[];
  readonly tokens: number;
  readonly classToken: number;
  readonly patches: readonly number[];
  readonly grid: PatchGrid;
}

/** @throws InputError where patches would get nothing from these methods, or it is not told what */
function seenByClassToken({ name, graph, embeddings }: Network): Seen {
  const refused = (reason: string) =>
    new InputError(`network '${name}': attention methods give its patches no relevance: ${reason}`);
  const shapes = inferShapes(graph);
  const values = attentions(graph).map(outputOf);
  if (values.length === 0) throw refused('it has no attention (a softmax over tokens that weighs others)');
  const last = values.at(-1) as string;
  const found = embeddings ? wordTokens(graph, last) : tokensOf(graph);
  if (!found) throw refused('its tokens are neither patches of an image nor words');
  const { patches, grid } = found;
  const tokens = patches.length;
  const places = patches.filter((patch) => patch !== NO_PATCH);
  const cells = embeddings ? tokens - 1 : grid.rows * grid.columns;
  const whole = new Set(places).size === cells && places.length === cells;
  const alike = values.every(
    (value) => shapes.get(value)?.length === 4 && shapes.get(value)?.at(-1) === tokens,
  );
  if (!whole || !alike)
    throw refused('not every attention is over all patches (windows, or patches that are merged)');
  const others = patches.flatMap((patch, token) => (patch === NO_PATCH ? [token] : []));
  const [classToken] = others;
  if (classToken === undefined || others.length > 1 || !isReadAlone(graph, last, classToken)) {
    throw refused(
      `its logits are read off ${others.length > 1 ? 'several tokens' : 'all tokens'}, not off a class token`,
    );
  }
  return { values, tokens, classToken, patches, grid };
}

/** Words, each a patch of one row but for the first or the last one, which is the class token where the logits are read off it. */
function wordTokens(graph: Network['graph'], last: string): Tokens {
  const count = graph.inputs[0]?.shape.at(-1) ?? 0;
  const classToken = [0, count - 1].find((token) => isReadAlone(graph, last, token));
  const patches = Array.from({ length: count }, (_, token) => (token === classToken ? NO_PATCH : token));
  return { grid: { rows: 1, columns: count }, patches };
}

/** Whether a Slice behind a value keeps this token alone. */
function isReadAlone(graph: Network['graph'], value: string, token: number): boolean {
  const consumers = consumersOf(graph);
  return nodesBehind(graph, [value]).some(
    (node) => consumers.has(outputOf(node)) && cutsToken(graph, node, token),
  );
}
