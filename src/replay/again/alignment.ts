/** Two sequences side by side: what has the same key in both stands together, in order, as much of it as possible. */
export function aligned<T>(
  was: readonly T[],
  now: readonly T[],
  key: (item: T) => string,
): readonly (readonly [T | undefined, T | undefined])[] {
  const lengths = common(was.map(key), now.map(key));
  const pairs: [T | undefined, T | undefined][] = [];
  let [i, j] = [0, 0];
  while (i < was.length || j < now.length) {
    const [old, fresh] = [was[i], now[j]];
    if (old !== undefined && fresh !== undefined && key(old) === key(fresh)) {
      pairs.push([old, fresh]);
      i++;
      j++;
    } else if (fresh === undefined || (old !== undefined && at(lengths, i + 1, j) >= at(lengths, i, j + 1))) {
      pairs.push([old, undefined]);
      i++;
    } else {
      pairs.push([undefined, fresh]);
      j++;
    }
  }
  return pairs;
}

const at = (lengths: readonly (readonly number[])[], i: number, j: number): number => lengths[i]?.[j] ?? 0;

/** `[i][j]`: how much the sequences from `i` and from `j` on have in common. */
function common(a: readonly string[], b: readonly string[]): readonly (readonly number[])[] {
  const lengths: number[][] = Array.from({ length: a.length + 1 }, () => Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = lengths[i];
      if (row)
        row[j] = a[i] === b[j] ? at(lengths, i + 1, j + 1) + 1 : Math.max(at(lengths, i + 1, j), at(lengths, i, j + 1));
    }
  }
  return lengths;
}
