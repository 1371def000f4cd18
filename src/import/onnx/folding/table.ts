import type { NumberArray } from '../../../graph/strided.js';
import type { Constant, ElementType } from '../../constant.js';
import type { OnnxNode } from '../node.js';

/** Storage for the numbers of a type that a folded node makes. @throws InputError beyond the limit of a network */
export type Allocate = (type: ElementType, length: number) => NumberArray;

/** Runs an operator on constants and returns its outputs. @throws Unsupported for what has no constant result. */
export type Fold = (node: OnnxNode, allocate: Allocate) => Constant | readonly Constant[];

export type FoldTable = Readonly<Record<string, Fold>>;
