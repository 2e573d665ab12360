import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{src,connectors,sandbox,bench,test,scripts}/**/*.test.ts'],
    exclude: ['**/node_modules/**'],
    setupFiles: ['test/support/properties.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    allowOnly: false,
  },
});
