import { readFileSync } from 'node:fs';

/** The version in package.json: beside the sources in a checkout, one folder further up from compiled code. */
export function version(): string {
  for (const place of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as {
        name?: string;
        version?: string;
      };
      if (manifest.name === 'changeover') return manifest.version ?? 'unknown';
    } catch {
      // The other place has it.
    }
  }
  return 'unknown';
}
