import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '../../src/errors.js';
import { readNpy, writeNpy } from '../../src/files/npy.js';
import { hasShared, needsShared, shared } from '../shared.js';

/** A version 1 file with any header text, as a stranger might write it. */
function npy(header: string, data: Buffer, version = 1): Buffer {
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from('\x93NUMPY', 'latin1'),
    Buffer.from([version, 0]),
    length,
    Buffer.from(header, 'latin1'),
    data,
  ]);
}

const header = (descr: string, shape: string, fortran = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': ${shape}, }\n`;

describe('readNpy', () => {
  it.each([
    ['<f2', '000000bc00350100ff7b007c', [0, -1, 0.3125, 2 ** -24, 65504, Number.POSITIVE_INFINITY]],
    ['<f4', '000000c00000c03f', [-2, 1.5]],
    ['>f4', 'c00000003fc00000', [-2, 1.5]],
    ['<f8', '000000000000f83f', [1.5]],
    ['|i1', 'ff7f', [-1, 127]],
    ['<i2', 'feff', [-2]],
    ['<i4', 'fdffffff', [-3]],
    ['<i8', 'fcffffffffffffff', [-4]],
    ['|u1', 'ff00', [255, 0]],
    ['<u2', 'ffff', [65535]],
    ['<u4', '00000080', [2 ** 31]],
    ['<u8', '0000000000000080', [2 ** 63]],
    ['|b1', '0100', [1, 0]],
  ])('reads %s', (descr, hex, expected) => {
    const file = npy(header(descr, `(${expected.length},)`), Buffer.from(hex, 'hex'));
    expect(readNpy(file)).toEqual({ shape: [expected.length], data: Float32Array.from(expected) });
  });

  it('turns Fortran order into rows', () => {
    // NumPy: np.arange(24).reshape(2, 3, 4) saved from np.asfortranarray: the first index runs fastest.
    const fortran = [];
    for (let k = 0; k < 4; k++)
      for (let j = 0; j < 3; j++) for (let i = 0; i < 2; i++) fortran.push(i * 12 + j * 4 + k);
    const { shape, data } = readNpy(npy(header('|u1', '(2, 3, 4)', 'True'), Buffer.from(fortran)));
    expect(shape).toEqual([2, 3, 4]);
    expect([...data]).toEqual(Array.from({ length: 24 }, (_, i) => i));
  });

  it('reads a header in double quotes, in any order', () => {
    const quoted = header('<f4', '(2,)').replaceAll("'", '"');
    expect([...readNpy(npy(quoted, Buffer.from('000000c00000c03f', 'hex'))).data]).toEqual([-2, 1.5]);
    const turned = `{"shape": (1, 1), 'fortran_order': False, "descr": "|u1"}`;
    expect(readNpy(npy(turned, Buffer.from([7])))).toEqual({ shape: [1, 1], data: Float32Array.of(7) });
  });

  it('reads scalars, empty arrays, versions 2 and 3, and Python 2 longs', () => {
    expect(readNpy(npy(header('|u1', '()'), Buffer.from([7])))).toEqual({
      shape: [],
      data: Float32Array.of(7),
    });
    expect(readNpy(npy(header('|u1', '(0, 3)'), Buffer.alloc(0)))).toEqual({
      shape: [0, 3],
      data: new Float32Array(),
    });
    expect(readNpy(npy(header('|u1', '(2L, 1L)'), Buffer.from([7, 8]), 2)).shape).toEqual([2, 1]);
    expect(readNpy(npy(header('|u1', '(1,)'), Buffer.from([7]), 3)).shape).toEqual([1]);
  });

  it.each([
    ['no bytes', Buffer.alloc(0), /not a NumPy array \(x.npy\): expected a .npy file, got an empty file/],
    ['another kind of file', Buffer.from('\x89PNG....'), /got other data/],
    ['a magic number only', npy('', Buffer.alloc(0)).subarray(0, 7), /a truncated header/],
    ['version 9', npy('', Buffer.alloc(0), 9), /format version 9/],
    [
      'a header that ends early',
      npy(header('<f4', '(1,)'), Buffer.alloc(4)).subarray(0, 30),
      /a truncated header/,
    ],
    [
      'a header of 4 GB',
      Buffer.from('\x93NUMPY\x02\x00\xff\xff\xff\xff', 'latin1'),
      /a header of 4294967295 bytes/,
    ],
    ['objects (pickles)', npy(header('|O', '(1,)'), Buffer.alloc(8)), /element type .* got '\|O'/],
    [
      'records',
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", Buffer.alloc(4)),
      /got \[\('a', '<f4'\)\]/,
    ],
    ['complex numbers', npy(header('<c8', '(1,)'), Buffer.alloc(8)), /element type/],
    ['an element type of the prototype', npy(header('<toString0', '(1,)'), Buffer.alloc(8)), /element type/],
    [
      'a shape of 10^18 numbers',
      npy(header('<f4', '(1000000000, 1000000000)'), Buffer.alloc(4)),
      /size of a value/,
    ],
    [
      'a shape beyond safe integers',
      npy(header('<f4', '(99999999999999999999,)'), Buffer.alloc(4)),
      /.npy header/,
    ],
    ['a negative shape', npy(header('<f4', '(-1,)'), Buffer.alloc(4)), /.npy header/],
    ['33 dimensions', npy(header('<f4', `(${'1, '.repeat(33)})`), Buffer.alloc(4)), /.npy header/],
    [
      'too few numbers',
      npy(header('<f4', '(2,)'), Buffer.alloc(7)),
      /truncated .npy data .*: expected 8 bytes for shape \(2\), got 7/,
    ],
    ['too many numbers', npy(header('<f4', '(2,)'), Buffer.alloc(9)), /more .npy data/],
  ])('refuses %s in one line', (_, file, message) => {
    expect(() => readNpy(file, 'x.npy')).toThrow(InputError);
    expect(() => readNpy(file, 'x.npy')).toThrow(message);
    try {
      readNpy(file, 'x.npy');
    } catch (error) {
      expect((error as Error).message).not.toContain('\n');
    }
  });

  it('names a file that is missing or a folder', () => {
    expect(() => readNpy('no/such.npy')).toThrow('cannot read no/such.npy: does not exist');
    expect(() => readNpy('.')).toThrow('cannot read (.): expected a file, got a folder');
  });

  it('only ever throws InputError, whatever byte is changed', () => {
    const file = writeNpy([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), fc.nat(file.length), (at, byte, end) => {
        const mutated = Buffer.from(file.subarray(0, end));
        if (at < end) mutated[at] = byte;
        try {
          readNpy(mutated);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('writeNpy', () => {
  it('is what readNpy reads back, aligned to 64 bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { maxLength: 4 }), (shape) => {
        const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i - 1.5);
        const file = writeNpy(shape, data);
        expect((file.length - data.length * 4) % 64).toBe(0);
        expect(readNpy(file)).toEqual({ shape, data });
      }),
      { seed: 1, numRuns: 100 },
    );
  });

  it('refuses data that does not fill the shape', () => {
    expect(() => writeNpy([2], new Float32Array(3))).toThrow(RangeError);
  });

  it.runIf(hasShared)(
    `writes golden arrays back byte by byte, as NumPy wrote them${needsShared}`,
    async () => {
      const files = readdirSync(shared('golden', 'conv1d')).filter((name) => name.endsWith('.npy'));
      expect(files.length).toBeGreaterThan(10);
      for (const name of files) {
        const bytes = readFileSync(shared('golden', 'conv1d', name));
        const { shape, data } = readNpy(bytes, name);
        expect(writeNpy(shape, data)).toEqual(bytes);
      }
    },
  );
});
