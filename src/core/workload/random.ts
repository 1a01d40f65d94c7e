/**
 * Seeded random numbers: equal seeds give equal sequences on every machine.
 *
 * xoshiro128** 1.1 by Blackman and Vigna (prng.di.unimi.it/xoshiro128starstar.c, public domain). Its
 * state is filled from a 64-bit key by the finalizer of MurmurHash3 (Appleby, public domain) over a
 * Weyl sequence; a label makes an independent stream of the same seed.
 */
const GOLDEN = 0x9e3779b9;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export class Random {
  private readonly key0: number;
  private readonly key1: number;
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  private constructor(key0: number, key1: number) {
    this.key0 = key0;
    this.key1 = key1;
    const word = (i: number) => finalize((i % 2 === 0 ? key0 : key1) + Math.imul(i + 1, GOLDEN));
    this.a = word(0);
    this.b = word(1);
    this.c = word(2);
    this.d = word(3) | 1;
  }

  /** Any finite number is a seed; its fraction counts too. */
  static fromSeed(seed: number): Random {
    const bytes = new DataView(new ArrayBuffer(8));
    bytes.setFloat64(0, seed === 0 ? 0 : seed);
    return new Random(finalize(bytes.getUint32(0)), finalize(bytes.getUint32(4) ^ GOLDEN));
  }

  /** A stream that depends on the seed and the label alone, not on what was drawn. */
  split(label: string): Random {
    let hash = FNV_OFFSET;
    for (let i = 0; i < label.length; i++) hash = Math.imul(hash ^ label.charCodeAt(i), FNV_PRIME);
    return new Random(finalize(this.key0 ^ hash), finalize(this.key1 + Math.imul(hash, GOLDEN)));
  }

  /** The generator with its state given, as the reference code has it. */
  static fromState(a: number, b: number, c: number, d: number): Random {
    const made = new Random(0, 0);
    [made.a, made.b, made.c, made.d] = [a, b, c, d];
    return made;
  }

  uint32(): number {
    const scrambled = Math.imul(rotate(Math.imul(this.b, 5), 7), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = rotate(this.d, 11);
    return scrambled;
  }

  /** In [0, 1), 53 bits. */
  uniform(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** In (0, 1]. */
  positive(): number {
    return 1 - this.uniform();
  }

  /** Mean 1. */
  exponential(): number {
    return -Math.log(this.positive());
  }

  /** Mean 0, deviation 1 (Box and Muller 1958, one of the pair, so that each draw takes two numbers). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(this.positive())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Mean `shape`, scale 1 (Marsaglia and Tsang 2000). */
  gamma(shape: number): number {
    if (shape < 1) return this.gamma(shape + 1) * this.positive() ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      if (Math.log(this.positive()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
    }
  }
}

function rotate(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

function finalize(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
