import { fileURLToPath } from 'node:url';
import { readRecording } from './recording.ts';
import { replay } from './replay.ts';

/** `node test/exchanges/main.ts [recording]`: replays it against a fresh simulator and says what differs. */
const DEFAULT = fileURLToPath(new URL('../fixtures/twenty/twenty-2.21.0-exchanges.jsonl', import.meta.url));

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}

const results = await replay(readRecording(process.argv[2] ?? DEFAULT));
for (const [index, { title, mismatches }] of results.entries()) {
  if (mismatches.length === 0) continue;
  process.stdout.write(`exchange ${index + 1} (${title})\n`);
  for (const { path, recorded, got } of mismatches) {
    process.stdout.write(`  ${path}\n    recorded  ${short(recorded)}\n    simulated ${short(got)}\n`);
  }
}
const matching = results.filter(({ mismatches }) => mismatches.length === 0).length;
process.stdout.write(`${matching} of ${results.length} exchanges match\n`);
process.exitCode = matching === results.length ? 0 : 1;
