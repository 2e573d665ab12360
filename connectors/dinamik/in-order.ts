/** Does work for items ahead of their turn, and gives what came of it in their order. Whoever stops listening stops the work. */
export async function* ahead<Item, Value>(
  items: Iterable<Item>,
  most: number,
  work: (item: Item) => Promise<Value>,
): AsyncGenerator<{ readonly item: Item; readonly value: Value }> {
  const coming: { readonly item: Item; readonly value: Promise<Value> }[] = [];
  const more = items[Symbol.iterator]();
  const fill = (): void => {
    while (coming.length < most) {
      const next = more.next();
      if (next.done === true) return;
      const value = work(next.value);
      // It is looked at in its turn; until then a failure is nobody's.
      value.catch(() => undefined);
      coming.push({ item: next.value, value });
    }
  };
  fill();
  for (let first = coming.shift(); first !== undefined; first = coming.shift()) {
    const value = await first.value;
    yield { item: first.item, value };
    fill();
  }
}
