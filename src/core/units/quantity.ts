/**
 * Branded numbers: the compiler reads the unit, the runtime sees a plain number.
 *
 * Base units inside: byte, second, FLOP, B/s, FLOP/s, token, USD. Bare numbers enter through `unit`
 * and leave through `format.ts`.
 */
declare const brand: unique symbol;

/** A number counted in unit `U`. */
export type Quantity<U extends string> = number & { readonly [brand]: U };

export type Bytes = Quantity<"B">;
export type Seconds = Quantity<"s">;
export type BytesPerSecond = Quantity<"B/s">;
export type Flop = Quantity<"FLOP">;
export type FlopPerSecond = Quantity<"FLOP/s">;
export type Tokens = Quantity<"token">;
export type TokensPerSecond = Quantity<"token/s">;
export type BytesPerToken = Quantity<"B/token">;
export type Watts = Quantity<"W">;
export type Usd = Quantity<"USD">;
export type UsdPerHour = Quantity<"USD/h">;
export type UsdPerMillionTokens = Quantity<"USD/Mtoken">;

export const KIB = 1024;
export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** The only place where a bare number becomes a quantity. */
export const unit = {
  bytes: (n: number): Bytes => n as Bytes,
  mib: (n: number): Bytes => (n * MIB) as Bytes,
  gib: (n: number): Bytes => (n * GIB) as Bytes,
  gb: (n: number): Bytes => (n * 1e9) as Bytes,
  seconds: (n: number): Seconds => n as Seconds,
  milliseconds: (n: number): Seconds => (n / 1e3) as Seconds,
  microseconds: (n: number): Seconds => (n / 1e6) as Seconds,
  bytesPerSecond: (n: number): BytesPerSecond => n as BytesPerSecond,
  gbPerSecond: (n: number): BytesPerSecond => (n * 1e9) as BytesPerSecond,
  flop: (n: number): Flop => n as Flop,
  flopPerSecond: (n: number): FlopPerSecond => n as FlopPerSecond,
  tflopPerSecond: (n: number): FlopPerSecond => (n * 1e12) as FlopPerSecond,
  tokens: (n: number): Tokens => n as Tokens,
  tokensPerSecond: (n: number): TokensPerSecond => n as TokensPerSecond,
  bytesPerToken: (n: number): BytesPerToken => n as BytesPerToken,
  watts: (n: number): Watts => n as Watts,
  usd: (n: number): Usd => n as Usd,
  usdPerHour: (n: number): UsdPerHour => n as UsdPerHour,
  usdPerMillionTokens: (n: number): UsdPerMillionTokens => n as UsdPerMillionTokens,
} as const;
