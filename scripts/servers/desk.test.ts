import { expect, onTestFinished, test } from 'vitest';
import { openDesk, type Running, type Starters } from './desk.ts';

interface Log {
  readonly events: string[];
  readonly starters: Starters;
}

function recording(failing: readonly string[] = []): Log {
  const events: string[] = [];
  const starter = (name: string) => async (): Promise<Running> => {
    events.push(`start ${name}`);
    if (failing.includes(name)) throw new Error(`no ${name} on this machine`);
    return { address: `address of ${name}`, stop: async () => void events.push(`stop ${name}`) };
  };
  return {
    events,
    starters: { kafka: starter('kafka'), registry: starter('registry'), postgresql: starter('postgresql') },
  };
}

test('a server starts when the first test asks for it, once, and stops with the desk', async () => {
  const { events, starters } = recording();
  const desk = await openDesk(starters);
  expect(desk.running()).toEqual([]);
  const answers = await Promise.all([1, 2, 3].map(async () => await (await fetch(`${desk.url}/registry`)).text()));
  expect(answers).toEqual(Array(3).fill('address of registry'));
  expect(desk.running()).toEqual(['registry']);
  await desk.close();
  expect(events).toEqual(['start registry', 'stop registry']);
});

test('a server that cannot start gives every test its reason, and is not tried again', async () => {
  const { events, starters } = recording(['kafka']);
  const desk = await openDesk(starters);
  for (const _ of [1, 2]) {
    const response = await fetch(`${desk.url}/kafka`);
    expect([response.status, await response.text()]).toEqual([500, 'no kafka on this machine']);
  }
  expect(await (await fetch(`${desk.url}/postgresql`)).text()).toBe('address of postgresql');
  await desk.close();
  expect(events).toEqual(['start kafka', 'start postgresql', 'stop postgresql']);
});

test('nobody who does not know the desk’s secret starts a server', async () => {
  const { events, starters } = recording();
  const desk = await openDesk(starters);
  onTestFinished(() => desk.close());
  const { origin } = new URL(desk.url);
  expect((await fetch(`${origin}/kafka`)).status).toBe(404);
  expect((await fetch(`${desk.url}/oracle`)).status).toBe(404);
  expect(events).toEqual([]);
});
