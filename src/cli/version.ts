import { readFileSync } from 'node:fs';

interface Manifest {
  readonly name?: string;
  readonly version?: string;
  readonly engines?: { readonly node?: string };
}

/** The version in package.json. */
export function version(): string {
  return manifest().version ?? 'unknown';
}

/** The oldest Node that the program runs on: `22.22`. */
export function oldestNode(): string {
  return (manifest().engines?.node ?? '').replace(/^\D*/, '');
}

/** package.json: beside the sources in a checkout, one folder further up from compiled code. */
function manifest(): Manifest {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const found = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as Manifest;
      if (found.name === 'changeover') return found;
    } catch {
      // The other place has it.
    }
  }
  return {};
}
