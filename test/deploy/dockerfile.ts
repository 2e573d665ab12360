/** One instruction of a stage. */
export interface Step {
  readonly instruction: string;
  readonly words: readonly string[];
  /** Of a COPY: the stage that is copied from; null: the folder that the image is built in. */
  readonly from: string | null;
}

/** The stages of a Dockerfile, each with its steps after FROM. */
export function dockerfile(text: string): readonly (readonly Step[])[] {
  const stages: Step[][] = [];
  for (const line of text.replaceAll(/\\\n/g, ' ').split('\n')) {
    const [instruction = '', ...words] = line.trim().split(/\s+/);
    if (instruction === '' || instruction.startsWith('#')) continue;
    if (instruction === 'FROM') stages.push([]);
    const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length) ?? null;
    stages.at(-1)?.push({ instruction, words, from });
  }
  return stages.map((steps) => steps.slice(1));
}
