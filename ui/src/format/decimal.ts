/** An exact decimal number: ± digits · 10^−scale. */
export interface Decimal {
  negative: boolean;
  digits: bigint;
  scale: number;
}

/** Decimal128 reaches 10^6144; nobody reads that many digits off a tile. */
const MOST_DIGITS = 40;
const NOTATION = /^([+-])?(\d+)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/;

/** Reads plain or scientific notation; undefined for what is no number or has more digits than can be shown. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = NOTATION.exec(text);
  if (!match) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  let digits = BigInt(whole + fraction);
  let scale = fraction.length - Number(exponent);
  if (digits === 0n) scale = Math.min(Math.max(scale, 0), MOST_DIGITS);
  if (Math.abs(scale) > MOST_DIGITS || whole.length > MOST_DIGITS) return undefined;
  if (scale < 0) {
    digits *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { negative: sign === "-", digits, scale };
}

/** Rounds to so many decimals, halves away from zero; adds zeros where there are fewer. */
export function rounded(value: Decimal, decimals: number): Decimal {
  if (value.scale <= decimals) {
    return { ...value, digits: value.digits * 10n ** BigInt(decimals - value.scale), scale: decimals };
  }
  const unit = 10n ** BigInt(value.scale - decimals);
  return { ...value, digits: (value.digits + unit / 2n) / unit, scale: decimals };
}

/** Times 10^places, exactly. */
export function shifted(value: Decimal, places: number): Decimal {
  const scale = value.scale - places;
  return scale >= 0 ? { ...value, scale } : { ...value, digits: value.digits * 10n ** BigInt(-scale), scale: 0 };
}

/** Digits before the point. */
export function wholePart(value: Decimal): bigint {
  return value.digits / 10n ** BigInt(value.scale);
}

/** Digits after the point, `scale` of them. */
export function fractionDigits(value: Decimal): string {
  if (value.scale === 0) return "";
  return (value.digits % 10n ** BigInt(value.scale)).toString().padStart(value.scale, "0");
}

/** Nearest float, for lengths on the screen and for plural rules; never for shown digits. */
export function approximate(value: Decimal): number {
  const size = Number(`${wholePart(value)}.${fractionDigits(value) || "0"}`);
  return value.negative ? -size : size;
}
