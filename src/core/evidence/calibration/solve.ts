/** Solution of a small symmetric positive definite system, by elimination. */
export function solveSymmetric(matrix: readonly Float64Array[], right: Float64Array): Float64Array {
  const a = matrix.map((row) => Float64Array.from(row));
  const x = Float64Array.from(right);
  const n = x.length;
  for (let i = 0; i < n; i++) {
    const pivot = a[i] as Float64Array;
    for (let j = i + 1; j < n; j++) {
      const row = a[j] as Float64Array;
      const factor = (row[i] as number) / (pivot[i] as number);
      for (let k = i; k < n; k++) row[k] = (row[k] as number) - factor * (pivot[k] as number);
      x[j] = (x[j] as number) - factor * (x[i] as number);
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    const row = a[i] as Float64Array;
    let sum = x[i] as number;
    for (let k = i + 1; k < n; k++) sum -= (row[k] as number) * (x[k] as number);
    x[i] = sum / (row[i] as number);
  }
  return x;
}
