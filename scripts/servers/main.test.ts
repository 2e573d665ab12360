import { expect, test } from 'vitest';
import { choose } from './main.ts';

test('without words all servers are started, with one broker and no security', () => {
  expect(choose([])).toEqual({ names: ['kafka', 'registry', 'postgresql'], brokers: 1, secure: false });
});

test('servers may be named, and Kafka may have three brokers and security', () => {
  expect(choose(['postgresql', 'kafka', '--brokers', '3', '--secure'])).toEqual({
    names: ['kafka', 'postgresql'],
    brokers: 3,
    secure: true,
  });
});

test.each([[['oracle']], [['--brokers', '2']], [['--brokers']], [['--unknown']]])(
  '%j is not understood, so nothing starts',
  (args) => {
    expect(choose(args)).toBeNull();
  },
);
