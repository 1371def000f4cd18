// @ts-check
// ONNX files, as far as these examples write them. A field of its protocol buffers (onnx.proto) is a number and a length, or
// a number and a number.

const FLOAT = 1;
const INT64 = 7;
const OPSET = 13;

/** @param {number | bigint} number */
function varint(number) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(number));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** @param {number} field @param {Uint8Array | string} content */
function bytes(field, content) {
  const buffer = Buffer.from(content);
  return Buffer.concat([varint(field * 8 + 2), varint(buffer.length), buffer]);
}

/** @param {number} field @param {number} content */
function number(field, content) {
  return Buffer.concat([varint(field * 8), varint(content)]);
}

/**
 * @param {string} op
 * @param {string[]} inputs
 * @param {string} output
 * @param {Record<string, number | number[]>} [attributes]
 */
export function node(op, inputs, output, attributes = {}) {
  const written = Object.entries(attributes).map(([name, content]) => {
    const [INT, INTS] = [2, 7];
    const several = Array.isArray(content);
    const numbers = several ? content.map((one) => number(8, one)) : [number(3, content)];
    return bytes(5, Buffer.concat([bytes(1, name), ...numbers, number(20, several ? INTS : INT)]));
  });
  return Buffer.concat([
    ...inputs.map((input) => bytes(1, input)),
    bytes(2, output),
    bytes(3, output),
    bytes(4, op),
    ...written,
  ]);
}

/** @param {string} name @param {number[]} dims @param {ArrayLike<number>} values */
export function floats(name, dims, values) {
  return tensor(name, dims, FLOAT, new Uint8Array(Float32Array.from(values).buffer));
}

/** @param {string} name @param {number[]} values */
export function integers(name, values) {
  return tensor(name, [values.length], INT64, new Uint8Array(BigInt64Array.from(values, BigInt).buffer));
}

/** @param {string} name @param {number[]} dims @param {number} type @param {Uint8Array} raw */
function tensor(name, dims, type, raw) {
  return Buffer.concat([
    ...dims.map((dim) => number(1, dim)),
    number(2, type),
    bytes(8, name),
    bytes(9, raw),
  ]);
}

/** @param {string} name @param {(string | number)[]} dims */
export function value(name, dims) {
  const shape = dims.map((dim) => bytes(1, typeof dim === 'string' ? bytes(2, dim) : number(1, dim)));
  const type = Buffer.concat([number(1, FLOAT), bytes(2, Buffer.concat(shape))]);
  return Buffer.concat([bytes(1, name), bytes(2, bytes(1, type))]);
}

/** @param {Buffer[]} nodes @param {Buffer[]} tensors @param {Buffer} input @param {Buffer} output */
export function model(nodes, tensors, input, output) {
  const graph = [
    ...nodes.map((one) => bytes(1, one)),
    bytes(2, 'example'),
    ...tensors.map((one) => bytes(5, one)),
    bytes(11, input),
    bytes(12, output),
  ];
  const opset = Buffer.concat([bytes(1, ''), number(2, OPSET)]);
  return Buffer.concat([number(1, 8), bytes(7, Buffer.concat(graph)), bytes(8, opset)]);
}
