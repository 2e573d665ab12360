#!/usr/bin/env node
// The command. In a checkout it runs the sources; in a package the compiled ones.
import { existsSync } from 'node:fs';

const sources = new URL('../src/cli/main.ts', import.meta.url);
const compiled = new URL('../dist/src/cli/main.js', import.meta.url);
await import((existsSync(compiled) ? compiled : sources).href);
