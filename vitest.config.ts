import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const TESTS = '{src,connectors,sandbox,bench,test,scripts}/**';
// The ending of a file's name says what it needs.
const ON_SERVERS = [`${TESTS}/*.{kafka,postgresql}.test.ts`, 'test/kafka/**/*.test.ts'];

export default defineConfig({
  test: {
    setupFiles: ['test/support/properties.ts'],
    pool: 'forks',
    // One more than vitest takes by itself: most files wait for a child process or a socket part of their time.
    maxWorkers: Math.max(2, availableParallelism()),
    allowOnly: false,
    // What is waited for comes when it comes: on a busy machine a second is no time.
    expect: { poll: { timeout: 20_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: [`${TESTS}/*.test.ts`],
          exclude: ['**/node_modules/**', ...ON_SERVERS],
          // For tests that hang; how long one works is the machine's affair.
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'servers',
          include: ON_SERVERS,
          exclude: ['**/node_modules/**'],
          globalSetup: ['test/support/servers/setup.ts'],
          // After the others, one file at a time: what they promise about time must not depend on a neighbour's load.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
