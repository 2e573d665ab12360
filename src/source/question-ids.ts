/**
 * Connectors name their questions for themselves (`second-export`), and two sources may name theirs alike: in the state, and
 * before people, each stands under its source.
 */
export function reviewIdOf(source: string, question: string): string {
  return `${source}/${question}`;
}

/** The connector's own name of a question of this source. */
export function questionIdOf(source: string, review: string): string {
  return review.slice(source.length + 1);
}
