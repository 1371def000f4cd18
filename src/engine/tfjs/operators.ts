import { ELEMENTS } from './elements.js';
import { LINEAR } from './linear.js';
import { MOVES } from './moves.js';
import { NORMALISATIONS } from './normalisations.js';
import type { Operator } from './operator.js';
import { PLACES } from './places.js';
import { POOLS } from './pools.js';

/** Every operator that networks and explanations are written in, by its ONNX name, in TensorFlow.js's operators. */
export const OPERATORS: Readonly<Record<string, Operator>> = {
  ...ELEMENTS,
  ...LINEAR,
  ...POOLS,
  ...NORMALISATIONS,
  ...MOVES,
  ...PLACES,
};
