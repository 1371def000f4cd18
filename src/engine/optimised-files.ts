/** Files of a model that is made ready once for several sessions: what it is made of, and what is made of it. */
export const SOURCE = 'source.onnx';
export const CONSTANTS = 'constants';
export const OPTIMISED = 'optimised.onnx';
export const WEIGHTS = 'weights';
