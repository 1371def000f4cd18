/** The k-th smallest number, counted from 0 (Hoare's selection, on a copy). */
export function select(values: Float64Array, k: number): number {
  const own = values.slice();
  let [low, high] = [0, own.length - 1];
  while (low < high) {
    const pivot = own[(low + high) >> 1] as number;
    let [left, right] = [low, high];
    while (left <= right) {
      while ((own[left] as number) < pivot) left++;
      while ((own[right] as number) > pivot) right--;
      if (left > right) break;
      const moved = own[left] as number;
      own[left++] = own[right] as number;
      own[right--] = moved;
    }
    if (k <= right) high = right;
    else if (k >= left) low = left;
    else break;
  }
  return own[k] as number;
}
